"""Calls: every attempt, manual calls, hangup, disposition."""
