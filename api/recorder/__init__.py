"""The recorder tested on demand."""
