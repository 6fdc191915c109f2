"""Fetching: the publishers' own figures, kept as received, locked, and turned into figure files."""
