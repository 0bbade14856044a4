"""The chance that a call placed now is answered by a person: followed along the day, by cohorts of calls.

A hidden rate wanders slowly and jumps now and then (a new list, another hour); a belief over a grid of rates is kept
(a hidden Markov filter). A call that rings speaks too: one that has rung as long as most answers take is evidence
against high rates. Counting answers over finished calls instead swings wildly, because answers come after 9 s and
no-answers after 27 (pacing.md §2).
"""

from dataclasses import dataclass, field

import numpy as np

from dialer.core.predictive.durations import Array

LOWEST, HIGHEST, POINTS = 0.01, 0.95, 64
JUMP_PER_S = 1 / 7200  # a sudden change every two hours
WANDER_PER_S = 1 / 1000  # of a step of the grid (7 %) to either side
PARTS, WIDE = 3, 1.6  # a belief is told in so many parts when the highest is so many times the lowest


def _grid() -> Array:
    return np.geomspace(LOWEST, HIGHEST, POINTS)


def _unknown() -> Array:
    """Any rate is as likely as any other: what is known before the first call, and after a sudden change."""
    grid = _grid()
    share: Array = grid / grid.sum()
    return share


UNKNOWN = _unknown()


@dataclass
class Answers:
    """The belief about the rate now, after every event and every moment of ringing so far."""

    rates: Array = field(default_factory=_grid)
    belief: Array = field(default_factory=UNKNOWN.copy)
    seen: int = 0  # calls whose fate is known
    people: int = 0  # of them answered
    _silent: Array = field(default_factory=lambda: np.zeros(POINTS))  # what the calls in the air have said so far
    _yes: Array = field(init=False)
    _no: Array = field(init=False)

    def __post_init__(self) -> None:
        self._yes, self._no = np.log(self.rates), np.log1p(-self.rates)

    def follow(self, span_s: float, ringing: Array, answered: int, others: int) -> None:
        """What happened in the last `span_s`: fates, and how far the calls in the air are.

        `ringing`: for each call in the air, the share of the answers that have come by its age (0..1).
        """
        self.belief = _drift(self.belief, span_s)
        silent = np.log1p(-ringing[:, None] * self.rates).sum(axis=0)  # not answered yet, at each rate
        evidence = silent - self._silent + answered * self._yes + others * self._no
        self._silent = silent
        self.seen += answered + others
        self.people += answered
        weighed = self.belief * np.exp(evidence - evidence.max())
        self.belief = weighed / weighed.sum()

    def rate(self) -> float:
        """The expected chance of an answer."""
        return float(self.belief @ self.rates)

    def if_answered(self) -> tuple[tuple[float, float], ...]:
        """The rates that may hold, should a call placed now be answered, each with its chance: an answer speaks for
        high ones. One rate where the belief is narrow; all calls in the air share the rate, so that a belief in two
        (has the list changed, or was it chance?) is not a belief in the one between.
        """
        weights = self.belief * self.rates
        weights /= weights.sum()
        part = np.minimum((PARTS * (np.cumsum(weights) - weights / 2)).astype(int), PARTS - 1)
        chances = np.bincount(part, weights, PARTS)
        known = chances > 0
        found = np.bincount(part, weights * self.rates, PARTS)[known] / chances[known]
        if found[-1] < WIDE * found[0]:
            return ((1.0, float(weights @ self.rates)),)
        return tuple(zip(chances[known].tolist(), found.tolist(), strict=True))


def _drift(belief: Array, span_s: float) -> Array:
    """What may have changed unseen in this time."""
    step = min(0.4, WANDER_PER_S * span_s)
    jump = min(0.5, JUMP_PER_S * span_s)
    moved = belief * (1 - 2 * step)
    moved[1:] += step * belief[:-1]
    moved[:-1] += step * belief[1:]
    moved[0] += step * belief[0]
    moved[-1] += step * belief[-1]
    return moved * (1 - jump) + jump * UNKNOWN
