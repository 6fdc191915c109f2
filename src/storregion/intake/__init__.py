"""How a file from outside gets in: read by a mapping, checked, rehearsed, put in its place."""
