"""Possible duplicates and own transfers."""
