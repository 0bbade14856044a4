"""Lists taken away as files, each with its reason and its ledger rows."""
