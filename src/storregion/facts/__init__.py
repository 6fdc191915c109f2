"""The shared picture: what is known, as tables, and the steps that join sources."""
