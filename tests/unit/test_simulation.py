"""Simulated days: fair to every way, ours the busiest within its limit, and any floor may be paced by it."""

import heapq
import itertools
import json
import random
from typing import Any

import pytest

from api.cli.errors import CliError
from api.cli.simulate import Asked, run
from dialer.simulation import pacing_factory
from dialer.simulation.__main__ import answer
from dialer.simulation.compare import OURS, Summary, days_of, ours
from dialer.simulation.contract import Snapshot
from dialer.simulation.day import simulate_day
from dialer.simulation.draws import Draws
from dialer.simulation.floor import Floor
from dialer.simulation.oracle import oracle
from dialer.simulation.policies import AdaptiveLevel, Brake, adaptive, progressive, ratio
from dialer.simulation.scenario import Change, Outage, Scenario, with_changes

SHORT = Scenario(agents=8, hours=1.5, drifts=False, breaks=False)


def test_the_same_seed_is_the_same_day_and_another_is_another() -> None:
    small = Scenario(agents=4, hours=0.5)
    first, again, other = (simulate_day(small, seed, ours) for seed in (1, 1, 2))
    assert first == again and first != other


def test_ours_keeps_agents_busier_than_progressive_within_its_limit() -> None:
    mine, slow = simulate_day(SHORT, 3, ours), simulate_day(SHORT, 3, progressive)
    assert mine.utilisation > slow.utilisation + 0.04
    assert mine.abandon_rate <= 0.03 and slow.abandon_rate == 0
    assert mine.idle_wait_s < slow.idle_wait_s


def test_a_fixed_ratio_breaks_the_law_where_ours_does_not() -> None:
    assert simulate_day(SHORT, 3, ratio(2.5)).abandon_rate > 0.03


def test_a_carrier_that_fails_and_half_a_team_that_leaves_break_no_limit() -> None:
    stormy = Scenario(
        agents=10,
        hours=1.5,
        drifts=False,
        outages=(Outage(0.4, 6),),
        changes=(Change(0.7, 1.8, 1.0),),
        half_leave_h=1.0,
    )
    day = simulate_day(stormy, 5, ours)
    assert day.abandon_rate <= 0.03 and day.answered > 100


def test_the_oracle_needs_no_learning() -> None:
    day = simulate_day(Scenario(agents=6, hours=0.7, amd=True, lead_cv=0.3, agent_cv=0.3), 2, oracle)
    assert day.utilisation > 0.4 and day.dialled > day.answered > 0


def test_the_oracle_knows_how_often_machines_pick_up() -> None:
    screened = Scenario(amd=True, drifts=False)
    draws = Draws(screened, 2)
    kinds = [draws.next(0.0).kind for _ in range(4000)]
    picked_up = sum(kind in ("answered", "machine") for kind in kinds) / len(kinds)
    assert screened.pick_up_rate(0.0) == pytest.approx(picked_up, abs=0.02)
    assert Scenario(drifts=False).pick_up_rate(0.0) == 0.30


def test_agents_who_go_home_do_not_come_back() -> None:
    floor = Floor(Scenario(agents=6, hours=1.0, half_leave_h=0.5), 1)
    seen: list[int] = []

    def watch(snapshot: Snapshot) -> int:
        if snapshot["t"] > 3000:
            seen.append(snapshot["n_logged_in"])
        return progressive(floor)(snapshot)

    floor.run(watch)
    assert max(seen) <= 3


def test_a_day_that_drifts_has_two_lists_more_and_a_constant_one_none() -> None:
    assert len(with_changes(Scenario(), 1).changes) == 2
    assert with_changes(SHORT, 1) == SHORT
    assert Scenario(changes=(Change(0, 1, 1.5),)).talk_mean(1) == 180


# -- others' ways ----------------------------------------------------------------------------------------------


def seen(now: float, idle: int, answered: int = 0, abandoned: int = 0, clock: float = 15.0) -> Snapshot:
    return {
        "t": now,
        "clock": clock,
        "n_idle": idle,
        "n_logged_in": 10,
        "n_paused": 0,
        "ringing": [],
        "amd": [],
        "waiting": [],
        "answered": answered,
        "abandoned": abandoned,
    }


def level(brake: Brake, answered: int, abandoned: int, clock: float = 15.0) -> float:
    """The level after two minutes of idle agents in which so many were answered and abandoned."""
    way = AdaptiveLevel(brake, latest_h=17.0)
    for second in range(121):
        grown = second / 120
        way.decide(seen(float(second), 8, int(answered * grown), int(abandoned * grown), clock))
    return way.level


def test_the_level_grows_with_idle_agents_up_to_its_most() -> None:
    assert level(Brake.HARD_LIMIT, 40, 0) == 3.0


def test_each_brake_cuts_in_its_own_way() -> None:
    assert level(Brake.HARD_LIMIT, 200, 20) == 1.0
    assert level(Brake.AVERAGE, 200, 20) < 2.0
    assert level(Brake.TAPERED, 200, 20, clock=16.9) < level(Brake.TAPERED, 200, 20, clock=9.5)


def test_a_flood_of_drops_halves_the_level() -> None:
    assert level(Brake.TAPERED, 100, 90, clock=9.0) < level(Brake.TAPERED, 100, 10, clock=9.0)


def test_an_adaptive_day_runs() -> None:
    day = simulate_day(Scenario(agents=6, hours=0.5), 1, adaptive(Brake.AVERAGE))
    assert day.dialled > 0


# -- an outside floor, written to the contract alone -----------------------------------------------------------


class Outside:
    """Somebody else's floor of three agents: exponential talks, one number in four answers after 4 to 14 s."""

    def __init__(self, hours: float) -> None:
        self.chance, self.now, self.closes = random.Random(4), 0.0, hours * 3600
        self.idle = [0.0] * 3
        self.talk: list[float] = []
        self.wrap: list[float] = []
        self.ringing: list[float] = []
        self.waiting: list[float] = []
        self.queue: list[tuple[float, int, str, float]] = []
        self.nth = itertools.count()
        self.events: list[tuple[Any, ...]] = []
        self.totals = {"dialled": 0, "answered": 0, "abandoned": 0, "connected": 0}

    def after(self, seconds: float, what: str) -> None:
        heapq.heappush(self.queue, (self.now + seconds, next(self.nth), what, self.now))

    def dial(self, count: int) -> None:
        for _ in range(min(count, 4)):
            self.totals["dialled"] += 1
            self.ringing.append(self.now)
            answers = self.chance.random() < 0.25
            self.after(self.chance.uniform(4, 14) if answers else 25, "answered" if answers else "noanswer")

    def happen(self, what: str, since: float) -> None:
        if what in ("answered", "noanswer"):
            self.ringing.remove(since)
            self.events.append((what, self.now, self.now - since))
            if what == "answered":
                self.totals["answered"] += 1
                self.waiting.append(self.now)
                self.after(2.0, "patience")
        elif what == "patience" and since in self.waiting:
            self.waiting.remove(since)
            self.totals["abandoned"] += 1
            self.events.append(("abandoned", self.now, 2.0))
        elif what == "talk_end":
            self.talk.remove(since)
            self.wrap.append(self.now)
            self.events.append((what, self.now, self.now - since))
            self.after(self.chance.expovariate(1 / 15), "wrap_end")
        elif what == "wrap_end":
            self.wrap.remove(since)
            self.idle.append(self.now)
            self.events.append((what, self.now, self.now - since))
        while self.waiting and self.idle:
            self.events.append(("connected", self.now, self.now - self.waiting.pop(0)))
            self.idle.pop(0)
            self.totals["connected"] += 1
            self.talk.append(self.now)
            self.after(self.chance.expovariate(1 / 90), "talk_end")

    def snapshot(self) -> dict[str, Any]:
        ago = {
            name: [self.now - each for each in getattr(self, name)] for name in ("idle", "talk", "wrap", "ringing")
        }
        events, self.events = self.events, []
        return {
            "t": self.now, "clock": 9 + self.now / 3600, "day_left": self.closes - self.now,
            "n_idle": len(self.idle), "n_talk": len(self.talk), "n_wrap": len(self.wrap), "n_paused": 0,
            "n_logged_in": 3, **ago, "amd": [], "waiting": [self.now - each for each in self.waiting],
            "trunks_free": 20 - len(self.ringing), "cps_tokens": 4, **self.totals, "events": events,
        }  # fmt: skip


def test_an_outside_floor_is_paced_through_the_contract_alone() -> None:
    floor = Outside(hours=3)
    decide = pacing_factory(
        {"abandon_limit": 0.03, "answer_window_s": 2.0, "ring_timeout_s": 25.0, "amd": False, "cps_max": 4.0}
    )
    for tick in range(1, int(floor.closes * 2)):
        while floor.queue and floor.queue[0][0] <= tick / 2:
            floor.now, _, what, since = heapq.heappop(floor.queue)
            floor.happen(what, since)
        floor.now = tick / 2
        floor.dial(decide(floor.snapshot()))
    assert floor.totals["connected"] > 150 and floor.totals["abandoned"] / floor.totals["answered"] <= 0.03
    assert floor.totals["abandoned"] > 0  # it dialed ahead


# -- the command -----------------------------------------------------------------------------------------------

ASKED = Asked(3, 30.0, 0.2, 2, 1, 3.0, 60.0, 10.0, ())


def test_the_command_says_how_each_way_does(capsys: pytest.CaptureFixture[str]) -> None:
    run(ASKED, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert [each["way"] for each in found] == ["predictive", "progressive"]
    assert all(0 < each["utilisation"] < 1 and each["days"] == 2 for each in found)
    run(ASKED, as_json=False)
    assert "progressive" in capsys.readouterr().out


def test_a_process_of_its_own_answers_for_each_scenario() -> None:
    scenario = {"agents": 3, "hours": 0.1, "drifts": False, "breaks": False}
    first, second = answer({"scenarios": [scenario, scenario | {"limit": 0.0}], "days": 1})
    assert first["utilisation"] > 0 and second["abandon_rate"] == 0
    with pytest.raises(TypeError):
        answer({"scenarios": [{"agent": 3}], "days": 1})


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [("agents", 0, "--agents"), ("answer", 0.0, "--answer"), ("ways", ("magic",), "--pace"), ("days", 0, "--days")],
)
def test_nonsense_is_refused_with_the_option(field: str, value: Any, told: str) -> None:
    with pytest.raises(CliError, match=told):
        run(Asked(**{**vars(ASKED), field: value}), as_json=True)


def test_a_summary_has_its_error() -> None:
    summary = Summary("progressive", tuple(days_of(Scenario(agents=3, hours=0.1), (1, 2), "progressive")))
    assert summary.error >= 0 and summary.worst >= summary.abandon_rate
    assert Summary(OURS, summary.days[:1]).error == 0
