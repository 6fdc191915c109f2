"""NumPy in, NumPy out; imports nothing of ours. Compiled where loops are, benchmarked, property-tested."""
