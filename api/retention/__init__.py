"""How long recordings are kept; what is held back from it, and what is ordered to be erased."""
