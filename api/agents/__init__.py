"""Agents' live sessions."""
