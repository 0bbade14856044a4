"""Runs the core: one loop owns the floor, effects are carried out beside it."""
