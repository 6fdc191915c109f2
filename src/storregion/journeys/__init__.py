"""Tables to networks and back: routing over draws of the clock and over cells, power over hours."""
