"""Faults of the bridge.

AriError           Asterisk answered with a 4xx or 5xx
TelephonyAway      (dialer.ports) no answer in time, or no link: whether it acted is unknown
TranslationError   a message lacks a field we need: our idea of Asterisk is wrong
"""


class AriError(Exception):
    """Asterisk refused a request."""

    def __init__(self, status: int, reason: str, uri: str) -> None:
        super().__init__(f"{status} {reason} ({uri.split('?', maxsplit=1)[0]})")
        self.status = status


class TranslationError(Exception):
    """A message of Asterisk lacks a field that we need."""
