"""Tables to routing networks and back, over the draws of the clock and over cells."""
