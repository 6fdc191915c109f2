"""Lines, calls and the day that is calculated; a scenario's operations on them."""
