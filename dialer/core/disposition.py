"""What an agent, or the system, says of a call when it is over."""

from enum import StrEnum


class Disposition(StrEnum):
    """The closed list; seed lines in mission.md rows 10-14."""

    SALE = "sale"
    REFUSED = "refused"
    CALLBACK = "callback"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    INVALID_NUMBER = "invalid_number"
    MACHINE = "machine"
    NO_VOICE = "no_voice"
    CANNOT_HEAR = "cannot_hear"
    NUISANCE = "nuisance"
    DNC = "dnc"
    OTHER = "other"


def parse(text: str) -> Disposition | None:
    """The disposition of that name, or None."""
    return next((item for item in Disposition if item.value == text), None)
