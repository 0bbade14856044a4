"""How long a talk, a wrap-up or a ringing lasts: a hazard by age, learned from ends and from what goes on still.

A law known beforehand (lognormal, of a mean that is learned too) counts as a few observations, so that the first
minutes have a law and the thousandth end has its own. Old ends count less and less: lists and products change.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
MEMORY = 400.0  # ends after which an old one counts 1/e
LEAST_S = 0.2  # a shorter span is an event out of order


@dataclass(frozen=True)
class Prior:
    """What is believed before the first end: lognormal with this mean, and how many ends that belief is worth."""

    mean_s: float
    cv: float
    weight: float = 12.0
    longest_s: float = 1800.0

    def edges(self) -> Array:
        """Ages between which the hazard is taken as constant: fine where ends are, coarse in the tail."""
        first = self.mean_s / 16
        count = int(math.log(self.longest_s / first) / math.log(1.25)) + 2
        return np.concatenate([[0.0], first * 1.25 ** np.arange(count)])


@dataclass
class Durations:
    """The law of one kind of span; `ends` and `spent` (s) are counted for each cell of age."""

    prior: Prior
    edges: Array = field(init=False)
    ends: Array = field(init=False)
    spent: Array = field(init=False)

    def __post_init__(self) -> None:
        self.edges = self.prior.edges()
        self.ends = np.zeros(len(self.edges) - 1)
        self.spent = np.zeros(len(self.edges) - 1)

    def ended(self, duration_s: float) -> None:
        """One span ended after so long. A nonsensical length is taken as the nearest sensible one."""
        duration = min(max(duration_s, LEAST_S), float(self.edges[-1]) - LEAST_S)
        fade = 1 - 1 / MEMORY
        self.ends *= fade
        self.spent *= fade
        self.spent += _within(self.edges, duration)
        self.ends[int(np.searchsorted(self.edges, duration, side="right")) - 1] += 1

    def law(self, still_s: Sequence[float] = ()) -> "Hazard":
        """The law as known now; `still_s`: ages of those that go on, each of which has not ended before its age."""
        spent = self.spent + sum((_within(self.edges, age) for age in still_s), np.zeros(len(self.ends)))
        believed_ends, believed_spent = self._believed(spent)
        hazard = (self.ends + believed_ends) / (spent + believed_spent)
        cumulated = np.concatenate([[0.0], np.cumsum(hazard * np.diff(self.edges))])
        return Hazard(self.edges, cumulated, float(hazard[-1]))

    def _believed(self, spent: Array) -> tuple[Array, Array]:
        """The prior's ends and time in each cell, at the mean that the data say."""
        weight, prior = self.prior.weight, self.prior
        mean = (weight * prior.mean_s + spent.sum()) / (weight + self.ends.sum())
        gone = np.array([_lognormal(edge, mean, prior.cv) for edge in self.edges])
        left = 1 - gone
        ends = weight * np.diff(gone)
        time = weight * (left[1:] + left[:-1]) / 2 * np.diff(self.edges)
        return ends + 1e-9, time + 1e-6


@dataclass(frozen=True)
class Hazard:
    """Survival by age: exp(-cumulated hazard), linear between the edges and of constant hazard beyond them."""

    edges: Array
    cumulated: Array
    tail: float

    def left(self, age_s: Array) -> Array:
        """The share that lasts longer than each age (s)."""
        beyond = np.maximum(age_s - self.edges[-1], 0.0) * self.tail
        survival: Array = np.exp(-np.interp(age_s, self.edges, self.cumulated) - beyond)
        return survival

    def mean_s(self) -> float:
        """The mean length, in seconds."""
        survival = np.exp(-self.cumulated)
        inner = float(((survival[1:] + survival[:-1]) / 2 * np.diff(self.edges)).sum())
        return inner + float(survival[-1]) / max(self.tail, 1e-9)


def _within(edges: Array, duration_s: float) -> Array:
    """The time that a span of this length spends in each cell."""
    spent: Array = np.clip(duration_s - edges[:-1], 0.0, np.diff(edges))
    return spent


def _lognormal(age_s: float, mean_s: float, cv: float) -> float:
    """The share of a lognormal law that has ended by this age."""
    if age_s <= 0:
        return 0.0
    variance = math.log1p(cv * cv)
    middle = math.log(mean_s) - variance / 2
    return 0.5 * (1 + math.erf((math.log(age_s) - middle) / math.sqrt(2 * variance)))
