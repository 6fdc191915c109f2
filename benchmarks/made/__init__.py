"""Groups of any size, made to measure with."""
