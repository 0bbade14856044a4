"""Dispositions: what may be said of a call, and what follows for its number."""
