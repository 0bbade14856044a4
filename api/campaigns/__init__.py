"""Campaigns: what is sold, when, how it is dialed."""
