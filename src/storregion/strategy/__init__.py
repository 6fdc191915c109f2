"""What the regions have decided, and how it goes."""
