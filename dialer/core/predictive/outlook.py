"""What the laws learned so far say of each agent and each call in the air, until each moment of a possible answer.

Laws change slowly: the tables by age are made anew every ten seconds, a decision only looks them up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from dialer.core.predictive.durations import Array

MOMENTS = 8  # the moments of a possible answer: the middles of as many equally likely spans
STEP_S = 1.0  # ages of agents in the tables
RING_STEP_S = 0.25
TINY = 1e-12


class Law(Protocol):
    """How long something lasts: what is learned, or what is known in a simulation."""

    def left(self, age_s: Array) -> Array:
        """The share that lasts longer than each age (s)."""
        ...

    def mean_s(self) -> float:
        """The mean length, in seconds."""
        ...


@dataclass(frozen=True)
class Outlook:
    """Tables by age: the chance to be free by each moment + window, and the share of answers by age (and moment)."""

    moments: Array
    talking: Array
    wrapping: Array
    answered_by: Array
    answers_until: Array

    def free(self, talk_s: Sequence[float], wrap_s: Sequence[float]) -> Array:
        """A row for each busy agent: free by each moment and the window after it."""
        return np.concatenate([_rows(self.talking, talk_s, STEP_S), _rows(self.wrapping, wrap_s, STEP_S)])

    def answered(self, ringing_s: Sequence[float], rate: float) -> Array:
        """A row for each call that rings: answered by each moment, knowing that it was not until now."""
        until = _rows(self.answers_until, ringing_s, RING_STEP_S)
        now = self.shares(ringing_s)[:, None]
        found: Array = rate * (until - now) / (1 - rate * now)
        return found

    def shares(self, ringing_s: Sequence[float]) -> Array:
        """For each call that rings: the share of the answers that would have come by its age."""
        return _rows(self.answered_by, ringing_s, RING_STEP_S)


def look(talk: Law, wrap: Law, ring: Law, ring_s: float, window_s: float) -> Outlook:
    """The tables for these laws; calls ring at most `ring_s`, an answered one waits at most `window_s`."""
    rung = np.arange(0.0, ring_s + RING_STEP_S, RING_STEP_S)
    answered_by = 1 - ring.left(rung)
    answered_by = answered_by / answered_by[-1]
    moments = np.interp((np.arange(MOMENTS) + 0.5) / MOMENTS, answered_by, rung)
    until = [np.interp(rung + moment, rung, answered_by) for moment in moments]
    spans = moments + window_s
    return Outlook(
        moments, _talk_ends(talk, wrap, spans), _wrap_ends(wrap, spans), answered_by, np.stack(until, axis=1)
    )


def _wrap_ends(wrap: Law, spans_s: Array) -> Array:
    """By age (rows, s): the chance that a wrap-up ends within each span (columns)."""
    ages = np.arange(0.0, _oldest(wrap), STEP_S)
    left = wrap.left(ages[:, None] + np.concatenate([[0.0], spans_s]))
    found: Array = 1 - left[:, 1:] / np.maximum(left[:, :1], TINY)
    return found


def _talk_ends(talk: Law, wrap: Law, spans_s: Array) -> Array:
    """By age (rows, s): the chance that a talk and its wrap-up end within each span (columns)."""
    oldest, reach = _oldest(talk), int(spans_s.max()) + 2
    left = talk.left(np.arange(0.0, oldest + reach + 1, STEP_S))
    ends = left[:-1] - left[1:]
    rests = spans_s[:, None] - np.arange(reach) - STEP_S / 2
    wrapped = 1 - wrap.left(np.maximum(rests, 0.0))
    sums = [np.correlate(ends, row, mode="valid")[:oldest] for row in wrapped]
    found: Array = np.stack(sums, axis=1) / np.maximum(left[:oldest, None], TINY)
    return found


def _oldest(law: Law) -> int:
    """The last age in a table, in seconds: who lasts longer is taken as that old."""
    return int(min(max(5 * law.mean_s(), 60.0), 1800.0))


def _rows(table: Array, ages_s: Sequence[float], step_s: float) -> Array:
    last = len(table) - 1
    found: Array = table[[min(int(age / step_s), last) for age in ages_s]] if ages_s else table[:0]
    return found
