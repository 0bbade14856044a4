"""A place in the log of changes as text, not meant to be read. Pure."""

import re

from dialer.store.events import Position

SHAPE = re.compile(r"([0-9a-f]{1,16})-([0-9a-f]{1,16})", re.ASCII)
HIGHEST = 2**63 - 1  # PostgreSQL's bigint
UNKNOWN = Position(HIGHEST, HIGHEST)  # nothing is ever written there


def encode(place: Position) -> str:
    """The cursor of a place."""
    return f"{place.position:x}-{place.seq:x}"


def decode(cursor: str) -> Position:
    """The place of a cursor; UNKNOWN for one that we did not make."""
    match = SHAPE.fullmatch(cursor)
    if match is None:
        return UNKNOWN
    place = Position(*(int(digits, 16) for digits in match.groups()))
    return place if max(place) <= HIGHEST and encode(place) == cursor else UNKNOWN
