"""The evidence of one call: a zip that proves itself to whoever has Python and no trust in us."""
