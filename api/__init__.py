"""The call centre's business over HTTP."""
