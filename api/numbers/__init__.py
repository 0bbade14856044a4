"""Numbers: from a region's file to leads, and what became of every row."""
