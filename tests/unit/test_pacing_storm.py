"""Random days with outages, teams that halve, lists that change: no day above the limit, and in doubt progressive.

A small day in CI; `python -m tests.soak --storm pacing --days 100` for whole ones.
"""

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np

from dialer.core.pacing import PacingReason
from dialer.core.predictive.facts import Doubt
from dialer.core.predictive.pacing import PredictivePacing
from dialer.simulation.adapter import facts_of, happened_in, settings_of
from dialer.simulation.contract import Decide, Snapshot
from dialer.simulation.day import Day, simulate_day
from dialer.simulation.floor import Floor
from dialer.simulation.scenario import Outage, Scenario

DAYS = int(os.environ.get("TIANZHOU_PACING_DAYS", "0"))
SEED = int(os.environ.get("TIANZHOU_SOAK_SEED", "1"))
HOURS = 8.0 if DAYS else 3.0


def stormy(seed: int) -> Scenario:
    """A day with two outages of the carrier, and perhaps half of the team that goes home."""
    chance = np.random.default_rng([seed, 5])
    hours = sorted(float(each) for each in chance.uniform(0.06, 0.97, 2) * HOURS)
    return Scenario(
        agents=int(chance.choice([3, 5, 10, 20], p=[0.2, 0.4, 0.25, 0.15])),
        answer=float(chance.choice([0.12, 0.3, 0.3, 0.6])),
        hours=HOURS,
        outages=tuple(Outage(hour, float(chance.uniform(3, 30)) * HOURS / 8) for hour in hours),
        half_leave_h=float(chance.uniform(0.12, 0.95) * HOURS) if chance.random() < 0.5 else None,
        lead_cv=float(chance.choice([0, 0.4])),
        agent_cv=float(chance.choice([0, 0.3])),
    )


def watched(floor: Floor) -> Decide:
    """Ours, held to one line for each free agent whenever it is in doubt."""
    pacing = PredictivePacing(settings_of(floor.day.settings()))

    def decide(snapshot: Snapshot) -> int:
        facts = facts_of(snapshot)
        decision = pacing.decide(facts, happened_in(snapshot))
        if decision.doubt is not None:
            assert decision.lines <= max(0, facts.idle - facts.in_air()), decision
        return decision.lines

    return decide


def a_day(seed: int) -> tuple[Scenario, Day]:
    scenario = stormy(seed)
    return scenario, simulate_day(scenario, seed, watched)


def test_no_day_of_a_storm_is_above_its_limit() -> None:
    seeds = range(SEED, SEED + (DAYS or 1))
    with ProcessPoolExecutor(2, mp_context=get_context("fork")) as pool:
        days = list(pool.map(a_day, seeds))
    worst = max(days, key=lambda each: each[1].abandon_rate)
    shares = [day.abandon_rate for _, day in days]
    print(
        f"{len(days)} days: worst {worst[1].abandon_rate:.2%} ({worst[0].agents} agents), mean {np.mean(shares):.2%}"
    )
    assert [day for _, day in days if day.abandon_rate > 0.03] == []


def test_every_doubt_has_its_word_outside() -> None:
    assert {each.value for each in Doubt} <= {each.value for each in PacingReason}
