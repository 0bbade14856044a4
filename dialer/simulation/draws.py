"""Chance, drawn by the call's number: call n of a day meets the same fate whatever paced it, so ways are compared
on the same days.
"""

from dataclasses import dataclass, field

import numpy as np

from dialer.core.predictive.durations import Array
from dialer.simulation.scenario import FAILED, Scenario

BLOCK = 4096


def lognormal(normal: float, mean: float, cv: float) -> float:
    """A lognormal value from a standard normal one."""
    variance = float(np.log1p(cv * cv))
    return float(mean * np.exp(normal * variance**0.5 - variance / 2))


@dataclass(frozen=True)
class Fate:
    """What becomes of a call: `kind` is answered, busy, machine or noanswer, `after_s` from dialing; for a talk, if
    there is one, its length and that of the wrap-up, and how long the customer would wait.
    """

    kind: str
    after_s: float
    talk_s: float
    wrap_s: float
    patience_s: float
    is_mistaken: bool  # taken for a machine, by AMD


@dataclass
class Draws:
    """The fates of one day."""

    scenario: Scenario
    seed: int
    _next: int = 0
    _uniform: Array = field(default_factory=lambda: np.empty((0, 5)))
    _normal: Array = field(default_factory=lambda: np.empty((0, 4)))

    def next(self, at: float) -> Fate:
        """The fate of the next call, placed at this second."""
        place = self._next % BLOCK
        if place == 0:
            chance = np.random.default_rng([self.seed, self._next // BLOCK])
            self._uniform, self._normal = chance.random((BLOCK, 5)), chance.standard_normal((BLOCK, 4))
        self._next += 1
        return self._fate(at, self._uniform[place].tolist(), self._normal[place].tolist())

    def _fate(self, at: float, uniform: list[float], normal: list[float]) -> Fate:
        kind, after = self._kind(at, uniform, normal)
        scenario = self.scenario
        return Fate(
            kind,
            after,
            lognormal(normal[1], scenario.talk_mean(at), scenario.talk_cv),
            lognormal(normal[2], scenario.wrap_s, scenario.wrap_cv),
            -float(np.log(1 - uniform[3])) / 0.03,
            uniform[4] < 0.03,
        )

    def _kind(self, at: float, uniform: list[float], normal: list[float]) -> tuple[str, float]:
        scenario = self.scenario
        if scenario.is_out(at):
            return "busy", 1 + 4 * uniform[1]
        rate = scenario.answer_rate(at)
        if scenario.lead_cv:
            rate = min(0.97, lognormal(normal[3], rate, scenario.lead_cv))
        ring = lognormal(normal[0], scenario.ring_s, scenario.ring_sd_s / scenario.ring_s)
        if uniform[0] < rate:
            return "answered", min(ring, scenario.ring_timeout_s - 0.5)
        if uniform[2] < FAILED:
            return "busy", 1 + 4 * uniform[1]
        if scenario.amd and uniform[2] < FAILED + scenario.machines * (1 - FAILED):
            return "machine", min(ring, scenario.ring_timeout_s - 0.5)
        return "noanswer", scenario.ring_timeout_s - 5 * uniform[1]
