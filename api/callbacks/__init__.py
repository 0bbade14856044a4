"""Callbacks: calls promised to a person at a time."""
