"""The same rule as ours with nothing to learn: it is told the true chance of an answer and the true laws.

What it talks less than the clairvoyant is chance; what ours talks less than it is the price of learning.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from dialer.core.predictive.answers import Answers
from dialer.core.predictive.durations import Array
from dialer.core.predictive.facts import Decision, Facts, Happened
from dialer.core.predictive.outlook import Outlook, look
from dialer.core.predictive.pacing import KNOWN, KNOWN_PEOPLE, REFRESH_S, PredictivePacing
from dialer.simulation.adapter import facts_of, happened_in, settings_of
from dialer.simulation.contract import Decide, Snapshot
from dialer.simulation.floor import Floor
from dialer.simulation.scenario import Scenario


@dataclass(frozen=True)
class Lognormal:
    """A law that is known."""

    mean: float
    cv: float

    def left(self, age_s: Array) -> Array:
        """The share that lasts longer than each age (s)."""
        variance = math.log1p(self.cv**2)
        middle = math.log(self.mean) - variance / 2
        scaled = (np.log(np.maximum(age_s, 1e-9)) - middle) / math.sqrt(2 * variance)
        return np.array([0.5 * math.erfc(each) for each in scaled.ravel()]).reshape(scaled.shape)

    def mean_s(self) -> float:
        """The mean length, in seconds."""
        return self.mean


@dataclass
class KnownAnswers(Answers):
    """The true rate, at this second."""

    scenario: Scenario = field(default_factory=Scenario)
    at: float = 0.0

    def rate(self) -> float:
        """The chance that a call placed now is picked up."""
        return self.scenario.pick_up_rate(self.at)

    def if_answered(self) -> tuple[tuple[float, float], ...]:
        """It is certain."""
        return ((1.0, self.rate()),)


@dataclass
class Knowing(PredictivePacing):
    """Pacing by the true laws of this day."""

    day: Scenario = field(default_factory=Scenario)

    def __post_init__(self) -> None:
        self.answers = KnownAnswers(scenario=self.day, seen=KNOWN, people=KNOWN_PEOPLE)

    def decide(self, facts: Facts, happened: Iterable[Happened] = ()) -> Decision:
        """The same decision, with the rate of this second."""
        assert isinstance(self.answers, KnownAnswers)
        self.answers.at = facts.at
        return super().decide(facts, happened)

    def _look(self, facts: Facts) -> Outlook:
        day = self.day
        if self._outlook is None or facts.at - self._made_at >= 12 * REFRESH_S:
            talk = Lognormal(day.talk_mean(facts.at), day.talk_cv)
            wrap = Lognormal(day.wrap_s, day.wrap_cv)
            ring = Lognormal(day.ring_s, day.ring_sd_s / day.ring_s)
            self._outlook = look(talk, wrap, ring, self.settings.ring_s, self._patience_s())
            self._made_at = facts.at
        return self._outlook


def oracle(floor: Floor) -> Decide:
    """A way to pace that looks behind the floor's curtain."""
    pacing = Knowing(settings_of(floor.day.settings()), day=floor.day)

    def decide(snapshot: Snapshot) -> int:
        return pacing.decide(facts_of(snapshot), happened_in(snapshot)).lines

    return decide
