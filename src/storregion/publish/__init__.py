"""Shows, and computes nothing: pages, maps, charts, downloads."""
