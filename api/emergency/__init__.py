"""The emergency stop of everything."""
