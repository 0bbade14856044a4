"""The only folder that knows Asterisk."""
