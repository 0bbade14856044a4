"""Faults of the core; a refusal is a value, never one of these.

DialerError
+-- IllegalSignal   a state machine was told something its table does not know
+-- LeaseLost       another dialer holds the node's lease: this one must stop acting
+-- StoreAway       the database cannot be reached in time
"""


class DialerError(Exception):
    """Base of all faults of dialer/."""


class IllegalSignal(DialerError):
    """A state machine was told something its table does not know; nothing was changed."""


class LeaseLost(DialerError):
    """Another dialer holds the node's lease: this one must stop acting."""


class StoreAway(DialerError):
    """The database cannot be reached in time."""
