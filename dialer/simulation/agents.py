"""The people of a simulated floor: who is free, talks, wraps up or is away, and for how long in all."""

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from dialer.simulation.draws import lognormal
from dialer.simulation.scenario import Scenario

LOGIN_S = 240.0
LONG_BREAKS = ((0.25, 900.0), (0.5, 1800.0), (0.75, 900.0))  # share of the day, seconds
SHORT_EVERY_S, SHORT_S = 3600.0, 120.0


class State(StrEnum):
    """Of an agent."""

    AWAY = "away"
    IDLE = "idle"
    TALK = "talk"
    WRAP = "wrap"


@dataclass
class Agent:
    """One of them. `away_s`: a break that begins when this call is done, in seconds; endless = goes home."""

    speed: float
    state: State = State.AWAY
    since: float = 0.0
    away_s: float | None = None


@dataclass(frozen=True)
class Break:
    """An agent wants to be away from `at` for `seconds`."""

    at: float
    agent: int
    seconds: float


@dataclass
class Team:
    """All agents; who is free longest is first in `idle`."""

    people: list[Agent]
    idle: deque[int] = field(default_factory=deque)
    talking: dict[int, float] = field(default_factory=dict)
    wrapping: dict[int, float] = field(default_factory=dict)
    spent_s: dict[State, float] = field(default_factory=lambda: dict.fromkeys(State, 0.0))

    def move(self, number: int, state: State, now: float) -> float:
        """Puts one into a state; how long the last one went on, in seconds."""
        agent = self.people[number]
        lasted = now - agent.since
        self.spent_s[agent.state] += lasted
        self._leave(number, agent.state)
        agent.state, agent.since = state, now
        self._enter(number, state, now)
        return lasted

    def _leave(self, number: int, state: State) -> None:
        match state:
            case State.IDLE:
                self.idle.remove(number)
            case State.TALK:
                del self.talking[number]
            case State.WRAP:
                del self.wrapping[number]
            case State.AWAY:
                pass

    def _enter(self, number: int, state: State, now: float) -> None:
        match state:
            case State.IDLE:
                self.idle.append(number)
            case State.TALK:
                self.talking[number] = now
            case State.WRAP:
                self.wrapping[number] = now
            case State.AWAY:
                pass

    def utilisation(self) -> float:
        """The share of talk in the time that people were there."""
        there = sum(self.spent_s[state] for state in (State.IDLE, State.TALK, State.WRAP))
        return self.spent_s[State.TALK] / there if there else 0.0


def team_of(scenario: Scenario, seed: int) -> tuple[Team, list[Break]]:
    """The people of a day and when they come, want a break and go; a login is a break that ends."""
    chance = np.random.default_rng([seed, 13])
    people = [
        Agent(lognormal(float(chance.standard_normal()), 1.0, scenario.agent_cv)) for _ in range(scenario.agents)
    ]
    breaks = [each for number in range(scenario.agents) for each in _breaks(scenario, number, chance)]
    if scenario.half_leave_h is not None:
        leave_at = scenario.half_leave_h * 3600
        breaks += [Break(leave_at, number, float("inf")) for number in range(0, scenario.agents, 2)]
    return Team(people), sorted(breaks, key=lambda each: each.at)


def _breaks(scenario: Scenario, number: int, chance: np.random.Generator) -> list[Break]:
    if not scenario.breaks:
        return []
    day, stagger = scenario.closes_at(), chance.uniform(-0.08, 0.08)
    found = [Break(day * (share + stagger), number, seconds) for share, seconds in LONG_BREAKS]
    at = float(chance.exponential(SHORT_EVERY_S))
    while at < day:
        found.append(Break(at, number, float(chance.exponential(SHORT_S))))
        at += float(chance.exponential(SHORT_EVERY_S))
    return found
