"""The do-not-call list: read, added to, and taken back by two persons."""
