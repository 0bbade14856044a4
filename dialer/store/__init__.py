"""Rows: PostgreSQL and the same ports in memory."""
