"""Calendars: when the centre calls in each region."""
