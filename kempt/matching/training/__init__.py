"""Learns from the records themselves how much each kind of agreement says, without labels."""
