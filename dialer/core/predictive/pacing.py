"""Predictive pacing of one campaign's day: learns from what happened, then says how many calls to place now.

It dials one more call while the chance to lose it, if answered, is at most the price; in doubt it is progressive.
The same history gives the same decisions: there is no clock and no chance in here.
"""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from dialer.core.predictive.answers import Answers
from dialer.core.predictive.budget import Calibration, Spending
from dialer.core.predictive.durations import Array, Durations, Prior
from dialer.core.predictive.facts import Bound, Decision, Doubt, Facts, Happened, Happening, Settings
from dialer.core.predictive.lookahead import Prospect, losses
from dialer.core.predictive.outlook import MOMENTS, Outlook, look

TALK, WRAP, RING = Prior(90.0, 1.0), Prior(20.0, 0.8), Prior(9.0, 0.5, longest_s=120.0)
SCREEN_S = 2.0  # answering machine detection, before its own spans are known
REFRESH_S = 10.0  # so often the tables by age are made anew
KNOWN, KNOWN_PEOPLE = 20, 5  # calls of known fate, and people among them, before anything but progressive
FAILING = 0.6  # of the last calls: then the carrier fails, and says nothing of people
MOST_AT_ONCE = 32
HOUR_S = 3600.0
ENDED = (Happening.ANSWERED, Happening.PICKED_UP, Happening.UNANSWERED, Happening.FAILED)
EXACT = 1e-9  # sums of exact zeros


@dataclass
class Flow:
    """People who answer, for each second of an agent; the last hour counts most."""

    people: float = 1.0
    worked_s: float = 300.0

    def follow(self, span_s: float, agents: int, people: int) -> None:
        """So many answered in this time, for so many agents."""
        fade = math.exp(-span_s / HOUR_S)
        self.people, self.worked_s = self.people * fade + people, self.worked_s * fade + span_s * agents

    def expected(self, left_s: float, agents: int) -> float:
        """How many will in the time that is left, if as many agents stay."""
        return self.people / self.worked_s * max(0.0, left_s) * agents


@dataclass
class Share:
    """How often one of two things happens, lately."""

    yes: float
    no: float
    memory: float

    def add(self, is_yes: bool) -> None:
        """One more, of this kind."""
        fade = 1 - 1 / self.memory
        self.yes, self.no = self.yes * fade + is_yes, self.no * fade + (not is_yes)

    def value(self) -> float:
        """Between 0 and 1."""
        return self.yes / (self.yes + self.no)


@dataclass
class PredictivePacing:
    """What one campaign has learned today."""

    settings: Settings
    talk: Durations = field(default_factory=lambda: Durations(TALK))
    wrap: Durations = field(default_factory=lambda: Durations(WRAP))
    ring: Durations = field(default_factory=lambda: Durations(RING))
    answers: Answers = field(default_factory=Answers)
    calibration: Calibration = field(default_factory=Calibration)
    flow: Flow = field(default_factory=Flow)
    failing: Share = field(default_factory=lambda: Share(1.0, 9.0, 15.0))
    people: Share = field(default_factory=lambda: Share(3.0, 3.0, 200.0))  # of those picked up
    breaks: Share = field(default_factory=lambda: Share(1.0, 30.0, 200.0))  # after a wrap-up
    price: float = 0.0
    at: float | None = None
    _outlook: Outlook | None = None
    _made_at: float = -REFRESH_S

    def decide(self, facts: Facts, happened: Iterable[Happened] = ()) -> Decision:
        """How many calls to place now. `happened`: since the last decision, in order."""
        went_back = self.at is not None and facts.at < self.at
        span = 0.0 if self.at is None else max(0.0, facts.at - self.at)
        self.at = facts.at
        self._learn(facts, span, list(happened))
        spending = self._spending(facts)
        doubt = Doubt.FACTS_DISAGREE if went_back else self._doubt(facts, spending)
        self.price = self.calibration.price(spending.allowed())
        return self._decision(facts, doubt, spending)

    # -- what is learned ---------------------------------------------------------------------------------------

    def _learn(self, facts: Facts, span_s: float, happened: list[Happened]) -> None:
        for kind, seconds in happened:
            self._note(kind, seconds)
        kinds = Counter(kind for kind, _ in happened)
        self.flow.follow(span_s, facts.agents(), kinds[Happening.ANSWERED])
        failed = 0 if self.failing.value() > FAILING else kinds[Happening.FAILED]
        ringing = self._look(facts).shares(facts.ringing)
        self.answers.follow(span_s, ringing, kinds[self._reached()], kinds[Happening.UNANSWERED] + failed)

    def _reached(self) -> Happening:
        return Happening.PICKED_UP if self.settings.detects_machines else Happening.ANSWERED

    def _note(self, kind: Happening, seconds: float) -> None:
        spans = {Happening.TALK_ENDED: self.talk, Happening.WRAP_ENDED: self.wrap, self._reached(): self.ring}
        shares = {
            Happening.ANSWERED: (self.people, True),
            Happening.MACHINE: (self.people, False),
            Happening.WRAP_ENDED: (self.breaks, False),
            Happening.PAUSED: (self.breaks, True),
        }
        if kind in spans:
            spans[kind].ended(seconds)
        if kind in shares:
            share, is_yes = shares[kind]
            share.add(is_yes)
        if kind in ENDED:
            self.failing.add(kind is Happening.FAILED)
        if kind is Happening.ANSWERED:
            self.calibration.answered(self.price)
        if kind is Happening.ABANDONED:
            self.calibration.abandoned()

    def _look(self, facts: Facts) -> Outlook:
        """The tables by age, made anew now and then."""
        if self._outlook is None or not 0 <= facts.at - self._made_at < REFRESH_S:
            talk, wrap, ring = self.talk.law(facts.talking), self.wrap.law(facts.wrapping), self.ring.law()
            self._outlook = look(talk, wrap, ring, self.settings.ring_s, self._patience_s())
            self._made_at = facts.at
        return self._outlook

    def _patience_s(self) -> float:
        """From the pick-up until an agent must be there: a screened call has the time of the screening more."""
        return self.settings.window_s + (SCREEN_S if self.settings.detects_machines else 0.0)

    # -- what is decided ---------------------------------------------------------------------------------------

    def _spending(self, facts: Facts) -> Spending:
        limit = max(0.0, self.settings.limit - self.settings.false_machines)
        agents, left_s = facts.agents(), facts.day_left_s
        expected, soon = (self.flow.expected(span_s, agents) for span_s in (left_s, min(left_s, HOUR_S)))
        return Spending(limit, facts.answered, facts.abandoned, expected, soon, agents)

    def _doubt(self, facts: Facts, spending: Spending) -> Doubt | None:
        if not 0 <= facts.abandoned <= facts.answered:
            return Doubt.FACTS_DISAGREE
        if self.failing.value() > FAILING:
            return Doubt.CARRIER_FAILING
        if self.answers.seen < KNOWN or self.answers.people < KNOWN_PEOPLE:
            return Doubt.LEARNING
        return None if spending.allowed() > 0 else Doubt.BUDGET_SPENT

    def _decision(self, facts: Facts, doubt: Doubt | None, spending: Spending) -> Decision:
        if facts.agents() == 0:
            return self._told(0, Bound.NOBODY, doubt, 1.0, spending)
        room, bound = _room(facts)
        lines = min(room, max(0, facts.idle - facts.in_air()))
        if doubt is not None:
            return self._told(lines, bound if lines == room else Bound.ONE_PER_AGENT, doubt, 0.0, spending)
        curve = self._losses(facts, room + 1)
        over = np.flatnonzero(curve > self.price + EXACT)
        lines = max(lines, min(room, int(over[0]) if len(over) else room))
        return self._told(lines, bound if lines == room else Bound.RISK, None, float(curve[lines]), spending)

    def _told(self, lines: int, bound: Bound, doubt: Doubt | None, loss: float, spending: Spending) -> Decision:
        return Decision(lines, bound, doubt, loss, self.price, self._rate(), spending.allowed())

    def _rate(self) -> float:
        """The chance that a person answers a call placed now."""
        return self.answers.rate() * self._human()

    def _human(self) -> float:
        """Of those who pick up, the share of people."""
        return self.people.value() if self.settings.detects_machines else 1.0

    def _losses(self, facts: Facts, most: int) -> Array:
        """The chance to lose each of so many calls placed now, if answered, over all rates that may hold."""
        parts = self.answers.if_answered()
        curves = [chance * losses(self._prospect(facts, reached), most) for chance, reached in parts]
        whole: Array = np.sum(curves, axis=0)
        return whole

    def _prospect(self, facts: Facts, reached: float) -> Prospect:
        outlook, human = self._look(facts), self._human()
        screened = np.full((len(facts.screening), MOMENTS), human)
        ringing = human * outlook.answered(facts.ringing, reached)
        free = outlook.free(facts.talking, facts.wrapping) * (1 - self.breaks.value())
        mine = reached * human * (np.arange(MOMENTS) + 0.5) / MOMENTS
        idle = facts.idle - len(facts.waiting)
        return Prospect(idle, free, np.concatenate([ringing, screened]), mine, np.full(MOMENTS, 1 / MOMENTS))


def _room(facts: Facts) -> tuple[int, Bound]:
    """The most lines that may be added now, and what says so."""
    limits = (
        (facts.due, Bound.NOTHING_DUE),
        (facts.trunks_free, Bound.TRUNK_CHANNELS),
        (min(facts.cps_room, MOST_AT_ONCE), Bound.CALLS_PER_SECOND),
    )
    room, bound = min(limits, key=lambda limit: limit[0])
    return max(0, room), bound
