"""Whether the centre is working, and if not, why."""
