"""The practice floor paced predictively on real Asterisk, beside what the simulator foretells for the same settings.

A minute with four agents in CI; `python -m tests.soak --storm floor` is an hour with twenty.
"""

import asyncio
import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Row, case, func, select, text, update

from dialer.simulation.compare import OURS, Summary, days_of
from dialer.simulation.day import Day
from dialer.simulation.draws import lognormal
from dialer.simulation.scenario import Scenario
from dialer.store.tables import agent_sessions, attempts, campaigns
from tests.telephony.stack import Stack
from tests.telephony.world import World

SECONDS = int(os.environ.get("TIANZHOU_FLOOR_S", "20"))
AGENTS = int(os.environ.get("TIANZHOU_FLOOR_AGENTS", "4"))
SEED = int(os.environ.get("TIANZHOU_SOAK_SEED", "1"))
IS_WHOLE = SECONDS >= 3600  # below it chance is larger than what is to be shown
WITHIN = 0.03  # of the forecast, utilisation and abandon rate
FORECAST_DAYS = 16 if IS_WHOLE else 2
# in the sample they are quick and most answer: its seconds hold more than one call of each agent
TALK_MIN_S, TALK_MAX_S, RING_MIN_S, RING_MAX_S = (15, 60, 2, 12) if IS_WHOLE else (1, 4, 1, 3)
ANSWER_PCT, BUSY_PCT, RING_S = 30 if IS_WHOLE else 70, 6, 30
WRAP_S, WRAP_CV = 8.0, 0.7
LOOK_S = 0.25
ZONE = ZoneInfo("Asia/Shanghai")  # the campaign's
LEADS_PER_AGENT_HOUR = 500  # more than are dialed


@dataclass(frozen=True)
class Figures:
    """What came of it; shares are 0..1."""

    utilisation: float
    abandon_rate: float
    dialed: int
    answered: int
    abandoned: int


def scenario() -> Scenario:
    """The practice floor's settings in the simulator's words."""
    spread = 1 / 12**0.5  # of an even law, of its width
    talk, ring = TALK_MAX_S - TALK_MIN_S, RING_MAX_S - RING_MIN_S
    talk_s, ring_s = (TALK_MIN_S + TALK_MAX_S) / 2, (RING_MIN_S + RING_MAX_S) / 2
    return Scenario(
        agents=AGENTS,
        answer=ANSWER_PCT / 100,
        hours=SECONDS / 3600,
        drifts=False,
        breaks=False,
        talk_s=talk_s,
        talk_cv=talk * spread / talk_s,
        wrap_s=WRAP_S,
        wrap_cv=WRAP_CV,
        ring_s=ring_s,
        ring_sd_s=ring * spread,
        ring_timeout_s=RING_S,
    )


def customers(stack: Stack) -> None:
    """The carrier's customers behave as in life, in these shares."""
    no_answer = 100 - ANSWER_PCT - BUSY_PCT
    stack.set_customers(SCRIPTED=0, ANSWER_PCT=ANSWER_PCT, BUSY_PCT=BUSY_PCT, NOANSWER_PCT=no_answer)
    stack.set_customers(INVALID_PCT=0, MACHINE_PCT=0, SILENT_PCT=0, HANGUP_PCT=0, PATIENCE_S=20)
    stack.set_customers(TALK_MIN_S=TALK_MIN_S, TALK_MAX_S=TALK_MAX_S, RING_MIN_S=RING_MIN_S, RING_MAX_S=RING_MAX_S)


async def work(world: World) -> None:
    """Every agent writes up each of his calls for a while, until cancelled."""
    chance, writing = np.random.default_rng(SEED), set[str]()
    query = select(agent_sessions.c.agent_id, agent_sessions.c.attempt_id)
    query = query.where(agent_sessions.c.state == "wrap_up", agent_sessions.c.attempt_id.is_not(None))
    async with asyncio.TaskGroup() as group:
        while True:
            for row in await world._rows(query):
                if row.attempt_id not in writing:
                    writing.add(row.attempt_id)
                    wrap_s = lognormal(float(chance.standard_normal()), WRAP_S, WRAP_CV)
                    group.create_task(write_up(world, row, wrap_s))
            await asyncio.sleep(LOOK_S)


async def write_up(world: World, row: Row[Any], wrap_s: float) -> None:
    await asyncio.sleep(max(0.0, wrap_s - LOOK_S / 2))
    done = {"agent_id": row.agent_id, "call_id": row.attempt_id, "disposition": "other"}
    await world.wish("call.disposition", done)


async def figures(world: World, began: datetime, ended: datetime) -> Figures:
    """As the rows have it: talk between the two moments, over the agents' time."""
    call = attempts.c
    talked = func.least(func.coalesce(call.ended_at, ended), ended) - call.connected_at
    query = select(
        func.sum(case((call.connected_at < ended, func.extract("epoch", talked)), else_=0)).label("talk_s"),
        func.count().label("dialed"),
        func.count(call.answered_at).label("answered"),
        func.count().filter(call.abandoned).label("abandoned"),
    ).where(call.campaign_id == world.campaign_id)
    row = (await world._rows(query))[0]
    there_s = AGENTS * (ended - began).total_seconds()
    rate = row.abandoned / max(1, row.answered)
    return Figures(float(row.talk_s or 0) / there_s, rate, row.dialed, row.answered, row.abandoned)


def report(found: Figures, days: Sequence[Day]) -> tuple[float, float]:
    """Prints both; the forecast's utilisation and abandon rate."""
    forecast = Summary(OURS, tuple(days))
    spread = [statistics.pstdev(each) for each in ([d.utilisation for d in days], [d.abandon_rate for d in days])]
    print(f"\n{AGENTS} agents, {SECONDS} s, load {os.getloadavg()[0]:.1f}: {found}")
    print(
        f"forecast of {len(days)} days: utilisation {forecast.utilisation:.4f} (sd {spread[0]:.4f}), "
        f"abandon rate {forecast.abandon_rate:.4f} (sd {spread[1]:.4f}, worst {forecast.worst:.4f})"
    )
    return forecast.utilisation, forecast.abandon_rate


async def test_the_floor_does_what_the_simulator_foretells(own_stack: Stack, own_world: World) -> None:
    world = own_world
    customers(own_stack)
    own_stack.extra = {"TIANZHOU_TRUNK_CHANNELS": str(scenario().trunks()), "TIANZHOU_TRUNK_CPS": "5"}
    own_stack.start_dialer()
    own_stack.start_worker()
    await world.make_campaign("predictive", ring_s=RING_S, state="paused", max_attempts=1)
    count = max(200, LEADS_PER_AGENT_HOUR * AGENTS * SECONDS // 3600)
    await world.fill([f"+8613{n:09d}" for n in range(count)])
    for _ in range(AGENTS):
        await world.add_agent()
    working = asyncio.create_task(work(world))
    began = await open_for(world, timedelta(seconds=SECONDS))
    await asyncio.sleep(SECONDS)  # the measure itself: a floor's time
    ended = (await world._rows(select(func.now())))[0][0]
    await world.stop_campaign()
    working.cancel()
    found = await figures(world, began, ended)
    days = list(days_of(scenario(), range(FORECAST_DAYS), OURS))
    utilisation, abandon_rate = report(found, days)
    assert found.answered > 0
    assert found.dialed > AGENTS
    if IS_WHOLE:
        assert abs(found.utilisation - utilisation) <= WITHIN
        assert abs(found.abandon_rate - abandon_rate) <= WITHIN


async def open_for(world: World, span: timedelta) -> datetime:
    """Starts the campaign, which closes after this time (or at the end of the day); when it began."""
    now: datetime = (await world._rows(select(func.now())))[0][0]
    local = now.astimezone(ZONE)
    closes = local + span
    closes_at = closes.time() if closes.date() == local.date() else time.max
    async with world.engine.begin() as connection:
        mine = campaigns.c.id == world.campaign_id
        await connection.execute(update(campaigns).where(mine).values(state="running", closes_at=closes_at))
        await connection.execute(text("notify tianzhou_campaigns"))
    return now
