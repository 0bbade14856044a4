"""One simulated day: calls are placed twice a second as whoever paces says; the rest happens in its time."""

import heapq
import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from dialer.simulation.agents import LOGIN_S, Break, State, team_of
from dialer.simulation.contract import Decide, Snapshot
from dialer.simulation.draws import Draws, Fate
from dialer.simulation.scenario import Scenario, with_changes

TICK_S = 0.5
HUMAN_VERDICT_S, MACHINE_VERDICT_S = 1.8, 3.0
MACHINE_PASSES = 0.08  # of machines, for a person
MACHINE_TALK_S = 8.0


@dataclass
class Counted:
    """The totals of a day; `mistaken`: people taken for machines; `idle_s`: agents' idle time before their talks."""

    dialled: int = 0
    answered: int = 0
    abandoned: int = 0
    connected: int = 0
    mistaken: int = 0
    idle_s: float = 0.0


@dataclass
class Waiting:
    """Someone who answered and has no agent yet."""

    number: int
    since: float
    fate: Fate
    is_machine: bool


@dataclass
class Floor:
    """The state of the day at `now`, in seconds since opening."""

    scenario: Scenario
    seed: int
    now: float = 0.0
    counted: Counted = field(default_factory=Counted)
    ringing: dict[int, float] = field(default_factory=dict)
    screening: dict[int, float] = field(default_factory=dict)
    waiting: deque[Waiting] = field(default_factory=deque)
    events: list[tuple[object, ...]] = field(default_factory=list)
    tokens: float = 0.0
    _queue: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _nth: "itertools.count[int]" = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.day = with_changes(self.scenario, self.seed)
        self.draws = Draws(self.day, self.seed)
        self.team, breaks = team_of(self.day, self.seed)
        for number in range(self.day.agents):
            self._at(LOGIN_S * number / self.day.agents, partial(self._come, number, "login"))
        for each in breaks:
            self._at(each.at, partial(self._want_break, each))

    def run(self, decide: Decide) -> None:
        """The whole day; calls in the air at closing are played out."""
        closes_at = self.day.closes_at()
        for tick in range(1, int(closes_at / TICK_S) + 1):
            self._pass_to(tick * TICK_S)
            self.tokens = min(self.day.cps(), self.tokens + self.day.cps() * TICK_S)
            self._place(decide(self.snapshot()))
        self._account()
        self._pass_to(closes_at + 120)

    def _account(self) -> None:
        """The people's time counts until closing."""
        self.utilisation_at_close = 0.0
        for number, agent in enumerate(self.team.people):
            self.team.spent_s[agent.state] += self.now - agent.since
            self.team.people[number].since = self.now
        self.utilisation_at_close = self.team.utilisation()

    def _place(self, wanted: int) -> None:
        room = self.day.trunks() - self._on_trunks()
        for _ in range(max(0, min(wanted, room, int(self.tokens)))):
            self.tokens -= 1
            self.counted.dialled += 1
            number, fate = self.counted.dialled, self.draws.next(self.now)
            self.ringing[number] = self.now
            self._at(self.now + fate.after_s, partial(self._fated, number, fate))

    def _on_trunks(self) -> int:
        return len(self.ringing) + len(self.screening) + len(self.waiting) + len(self.team.talking)

    def _at(self, at: float, do: Callable[[], None]) -> None:
        heapq.heappush(self._queue, (at, next(self._nth), do))

    def _pass_to(self, until: float) -> None:
        while self._queue and self._queue[0][0] <= until:
            self.now, _, do = heapq.heappop(self._queue)
            do()
        self.now = until

    # -- calls -------------------------------------------------------------------------------------------------

    def _fated(self, number: int, fate: Fate) -> None:
        ring_s = self.now - self.ringing.pop(number)
        if fate.kind in ("busy", "noanswer"):
            self._tell(fate.kind, ring_s)
        elif self.day.amd:
            self._screen(number, fate, ring_s)
        else:
            self._answer(number, fate, ring_s)

    def _screen(self, number: int, fate: Fate, ring_s: float) -> None:
        self._tell("pickup", ring_s)
        self.screening[number] = self.now
        wait_s = HUMAN_VERDICT_S if fate.kind == "answered" else MACHINE_VERDICT_S
        self._at(self.now + wait_s, partial(self._verdict, number, fate, ring_s))

    def _verdict(self, number: int, fate: Fate, ring_s: float) -> None:
        del self.screening[number]
        is_machine = fate.kind == "machine"
        passes = fate.patience_s < MACHINE_PASSES * 33 if is_machine else not fate.is_mistaken
        if not passes:
            self.counted.mistaken += not is_machine
            self._tell("amd_machine", MACHINE_VERDICT_S)
        elif is_machine:
            self._wait(Waiting(number, self.now, fate, is_machine=True))
        else:
            self._answer(number, fate, ring_s)

    def _answer(self, number: int, fate: Fate, ring_s: float) -> None:
        self.counted.answered += 1
        self._tell("answered", ring_s)
        self._wait(Waiting(number, self.now, fate, is_machine=False))

    def _wait(self, customer: Waiting) -> None:
        self.waiting.append(customer)
        self._join()
        gone_at = self.now + min(self.day.window_s, customer.fate.patience_s)
        self._at(gone_at, partial(self._give_up, customer))

    def _give_up(self, customer: Waiting) -> None:
        if customer in self.waiting:
            self.waiting.remove(customer)
            if not customer.is_machine:
                self.counted.abandoned += 1
                self._tell("abandoned", self.now - customer.since)

    def _join(self) -> None:
        """The customer who waits longest gets the agent free longest."""
        while self.waiting and self.team.idle:
            customer, agent = self.waiting.popleft(), self.team.idle[0]
            idle_s = self.team.move(agent, State.TALK, self.now)
            talk_s = MACHINE_TALK_S if customer.is_machine else customer.fate.talk_s * self.team.people[agent].speed
            if not customer.is_machine:
                self.counted.connected += 1
                self.counted.idle_s += idle_s
            self._tell("connected_machine" if customer.is_machine else "connected", self.now - customer.since)
            wrap_s = customer.fate.wrap_s
            self._at(self.now + talk_s, partial(self._talked, agent, wrap_s))

    # -- agents ------------------------------------------------------------------------------------------------

    def _talked(self, agent: int, wrap_s: float) -> None:
        self._tell("talk_end", self.team.move(agent, State.WRAP, self.now))
        self._at(self.now + wrap_s, partial(self._wrapped, agent))

    def _wrapped(self, agent: int) -> None:
        self._tell("wrap_end", self.team.move(agent, State.IDLE, self.now))
        if self.team.people[agent].away_s is not None:
            self._go(agent)
        else:
            self._join()

    def _want_break(self, wanted: Break) -> None:
        agent = self.team.people[wanted.agent]
        agent.away_s = max(wanted.seconds, agent.away_s or 0.0)
        if agent.state is State.IDLE:
            self._go(wanted.agent)
        elif agent.state is State.AWAY:
            agent.away_s = None if wanted.seconds != float("inf") else agent.away_s

    def _go(self, number: int) -> None:
        agent = self.team.people[number]
        away_s, agent.away_s = agent.away_s or 0.0, None
        self.team.move(number, State.AWAY, self.now)
        self._tell("logout" if away_s == float("inf") else "pause")
        if away_s != float("inf"):
            self._at(self.now + away_s, partial(self._come, number, "unpause"))

    def _come(self, number: int, word: str) -> None:
        agent = self.team.people[number]
        if agent.away_s == float("inf"):  # went home meanwhile
            return
        self.team.move(number, State.IDLE, self.now)
        self._tell(word)
        self._join()

    # -- what is seen ------------------------------------------------------------------------------------------

    def _tell(self, kind: str, seconds: float = 0.0) -> None:
        self.events.append((kind, self.now, seconds))

    def snapshot(self) -> Snapshot:
        """What a dialer can know now, in the contract's words; events since the last one."""
        now, team, counted = self.now, self.team, self.counted
        events, self.events = self.events, []
        there = len(team.idle) + len(team.talking) + len(team.wrapping)
        return {
            "t": now,
            "clock": 9 + now / 3600,
            "day_left": self.day.closes_at() - now,
            "n_idle": len(team.idle),
            "n_talk": len(team.talking),
            "n_wrap": len(team.wrapping),
            "n_paused": len(team.people) - there,
            "n_logged_in": there,
            "idle": [now - team.people[number].since for number in team.idle],
            "talk": [now - since for since in team.talking.values()],
            "wrap": [now - since for since in team.wrapping.values()],
            "ringing": [now - since for since in self.ringing.values()],
            "amd": [now - since for since in self.screening.values()],
            "waiting": [now - each.since for each in self.waiting],
            "trunks_free": self.day.trunks() - self._on_trunks(),
            "cps_tokens": int(self.tokens),
            "dialled": counted.dialled,
            "answered": counted.answered - sum(not each.is_machine for each in self.waiting),
            "abandoned": counted.abandoned,
            "connected": counted.connected,
            "events": events,
        }
