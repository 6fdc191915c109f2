"""What a table is and how it is made: nothing here knows a theme."""
