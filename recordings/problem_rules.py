"""Which recordings somebody should look at, by what their row says. Pure.

`recordings/tables.py` states the same as SQL for an index; a test compares the two.
"""

from decimal import Decimal
from enum import StrEnum

SHORT_S = Decimal("-1")  # less than this was recorded of the talk


class Defect(StrEnum):
    """What is wrong, or may be."""

    NO_MEDIA = "no_media"  # answered, and neither side was ever heard
    CUSTOMER_LEG_MISSING = "customer_leg_missing"
    AGENT_LEG_MISSING = "agent_leg_missing"
    RECORDER_FAILED = "recorder_failed"  # answered, and not recorded
    REPAIRED = "repaired"  # a header was open: Asterisk died, its last seconds may be lost
    SHORT = "short"  # over a second less than the talk: lost, or both were silent and nothing was sent


def problems_of(status: str, reason: str | None, repaired: bool, difference_s: Decimal | None) -> list[Defect]:
    """What is wrong with a recording, the gravest first.

    One longer than its talk is no problem: a manual call is recorded from before it rings.
    """
    odd = reason if status == "present" or reason == Defect.RECORDER_FAILED else None
    found = {
        Defect.RECORDER_FAILED: odd == Defect.RECORDER_FAILED,
        Defect.NO_MEDIA: odd == Defect.NO_MEDIA,
        Defect.CUSTOMER_LEG_MISSING: odd == Defect.CUSTOMER_LEG_MISSING,
        Defect.AGENT_LEG_MISSING: odd == Defect.AGENT_LEG_MISSING,
        Defect.REPAIRED: repaired,
        Defect.SHORT: difference_s is not None and difference_s < SHORT_S,
    }
    return [problem for problem, is_so in found.items() if is_so]
