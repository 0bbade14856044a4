"""What predictive pacing is told, and what it answers."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class Settings:
    """Of a campaign. `limit`: abandons as a share of live answers; `false_machines`: the share of people whom
    answering machine detection takes for machines, which counts as abandoned (Ofcom 2010 §4.70: pacing.md §1).
    """

    limit: float = 0.03
    window_s: float = 2.0
    ring_s: float = 30.0
    detects_machines: bool = False
    false_machines: float = 0.0


@dataclass(frozen=True)
class Facts:
    """The floor now. `at`: seconds on a clock that never goes back; tuples: for how many seconds each has been so.

    `talking`, `wrapping`: agents; `ringing`: calls dialed and not yet picked up; `screening`: picked up, machine or
    not unknown; `waiting`: people without an agent yet. `answered`, `abandoned`: people, since the day began.
    """

    at: float
    day_left_s: float
    idle: int
    talking: tuple[float, ...] = ()
    wrapping: tuple[float, ...] = ()
    ringing: tuple[float, ...] = ()
    screening: tuple[float, ...] = ()
    waiting: tuple[float, ...] = ()
    answered: int = 0
    abandoned: int = 0
    trunks_free: int = 1000
    cps_room: int = 1000
    due: int = 1000

    def agents(self) -> int:
        """Agents who are here."""
        return self.idle + len(self.talking) + len(self.wrapping)

    def in_air(self) -> int:
        """Calls that may still ask for an agent."""
        return len(self.ringing) + len(self.screening) + len(self.waiting)


class Happening(StrEnum):
    """What is learned from; each comes with seconds: of ringing, talk, wrap-up, or 0."""

    ANSWERED = "answered"  # by a person
    UNANSWERED = "unanswered"
    FAILED = "failed"  # busy, or the network's word
    PICKED_UP = "picked_up"  # by a person or a machine
    MACHINE = "machine"
    ABANDONED = "abandoned"
    TALK_ENDED = "talk_ended"
    WRAP_ENDED = "wrap_ended"
    PAUSED = "paused"


Happened = tuple[Happening, float]


class Bound(StrEnum):
    """What kept the lines at this number."""

    NOBODY = "nobody"  # no agent is here
    RISK = "risk"  # one more would cost more than the budget allows
    TRUNK_CHANNELS = "trunk_channels"
    CALLS_PER_SECOND = "calls_per_second"
    NOTHING_DUE = "nothing_due"
    ONE_PER_AGENT = "one_per_agent"  # in doubt


class Doubt(StrEnum):
    """Why it dials progressively: one line for each free agent."""

    LEARNING = "learning"  # too few calls ended to know anything
    CARRIER_FAILING = "carrier_failing"
    BUDGET_SPENT = "budget_spent"
    FACTS_DISAGREE = "facts_disagree"


@dataclass(frozen=True)
class Decision:
    """Place `lines` calls now, because. `loss`: the chance to lose the next call if it is answered; `price`: the most
    that is allowed; `rate`: the chance that it is answered at all; `allowed`: the share of coming answers to spend.
    """

    lines: int
    bound: Bound
    doubt: Doubt | None
    loss: float
    price: float
    rate: float
    allowed: float
