"""Evidence: one call, as a zip that proves itself."""
