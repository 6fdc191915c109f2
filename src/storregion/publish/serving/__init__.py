"""The portal served live: who asks, what is kept, what waits, and what is said meanwhile."""
