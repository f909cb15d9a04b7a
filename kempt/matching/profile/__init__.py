"""Reads a table nobody described: what its columns hold, how to compare them, and where to look for duplicates."""
