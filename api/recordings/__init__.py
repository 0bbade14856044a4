"""Recordings: list, listen, verify; completeness of a day."""
