"""What a simulated day is made of; the defaults are those of pacing.md, "The model"."""

import math
from dataclasses import dataclass, replace

import numpy as np

FAILED = 0.08  # of those whom no person answers
DRIFT = ((0.0, 0.95), (0.3, 0.95), (0.5, 0.65), (0.7, 1.0), (1.0, 1.5))  # share of the day, factor of the answer rate


@dataclass(frozen=True)
class Outage:
    """The carrier fails every call in this time (hours since opening)."""

    begins_h: float
    minutes: float


@dataclass(frozen=True)
class Change:
    """From this hour on another list: factors of the answer rate and of the talk."""

    at_h: float
    answer: float
    talk: float


@dataclass(frozen=True)
class Scenario:
    """`answer`: chance that a person answers; `drifts`: along the day, with two sudden changes of the list.

    `lead_cv`, `agent_cv`: how much leads differ in answering and agents in the length of their talks;
    `half_leave_h`: at this hour every second agent goes home.
    """

    agents: int = 20
    answer: float = 0.30
    hours: float = 8.0
    drifts: bool = True
    talk_s: float = 120.0
    talk_cv: float = 1.0
    wrap_s: float = 20.0
    wrap_cv: float = 0.7
    ring_s: float = 9.0
    ring_sd_s: float = 4.0
    ring_timeout_s: float = 30.0
    limit: float = 0.03
    window_s: float = 2.0
    amd: bool = False
    machines: float = 0.3  # of those whom no person answers, with AMD
    lead_cv: float = 0.0
    agent_cv: float = 0.0
    outages: tuple[Outage, ...] = ()
    changes: tuple[Change, ...] = ()
    half_leave_h: float | None = None
    breaks: bool = True

    def trunks(self) -> int:
        """Channels of the trunk."""
        return 6 * self.agents + 8

    def cps(self) -> float:
        """Calls per second."""
        return max(4.0, 0.25 * self.agents)

    def closes_at(self) -> float:
        """Seconds since opening."""
        return self.hours * 3600

    def settings(self) -> dict[str, float | bool]:
        """What whoever paces is told."""
        return {
            "abandon_limit": self.limit,
            "answer_window_s": self.window_s,
            "ring_timeout_s": self.ring_timeout_s,
            "amd": self.amd,
            "cps_max": self.cps(),
        }

    def answer_rate(self, at: float) -> float:
        """The chance of an answer for a call placed at this second."""
        rate = self.answer
        if self.drifts:
            shares, factors = zip(*DRIFT, strict=True)
            rate *= float(np.interp(at / self.closes_at(), shares, factors))
        for change in self.changes:
            if at >= change.at_h * 3600:
                rate *= change.answer
        return min(rate, 0.97)

    def pick_up_rate(self, at: float) -> float:
        """The chance that anything picks up a call placed at this second: a person, or with AMD a machine."""
        rate = self.answer_rate(at)
        return rate + (1 - rate) * (1 - FAILED) * self.machines if self.amd else rate

    def talk_mean(self, at: float) -> float:
        """The mean talk of a call placed at this second."""
        return self.talk_s * math.prod(change.talk for change in self.changes if at >= change.at_h * 3600)

    def is_out(self, at: float) -> bool:
        """Whether the carrier fails now."""
        return any(0 <= at - each.begins_h * 3600 < each.minutes * 60 for each in self.outages)


def with_changes(scenario: Scenario, seed: int) -> Scenario:
    """The day with two sudden changes of its list, at times of this seed, if it is one that drifts."""
    if not scenario.drifts:
        return scenario
    chance = np.random.default_rng([seed, 77])
    hours = np.sort(chance.uniform(0.1, 0.9, 2)) * scenario.hours
    down = chance.random() < 0.5
    changes = []
    for hour in hours:
        factor = chance.uniform(0.45, 0.65) if down else chance.uniform(1.5, 1.9)
        changes.append(Change(float(hour), float(factor), float(chance.uniform(0.7, 1.3))))
        down = not down
    return replace(scenario, changes=scenario.changes + tuple(changes))
