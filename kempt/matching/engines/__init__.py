"""Adapters of the MatchEngine port, one module each."""
