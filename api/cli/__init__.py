"""The `tianzhou` command."""
