"""Leads: one number of one person in one campaign, and why it is called or is not."""
