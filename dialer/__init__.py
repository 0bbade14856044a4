"""The engine: what to dial, when, for whom, and with which reason."""
