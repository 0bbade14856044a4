"""Who is told when something goes wrong with recording."""
