"""Many calls through ten agents: every witness (rows, recordings, the carrier's records, verify) says the same.

`make soak` makes it 300 calls.
"""

import asyncio
import os
import random
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Row, func, select

from dialer.core.incidents import IncidentKind
from dialer.machine import Paths
from dialer.settings import Settings
from dialer.store.tables import attempts, incidents
from recordings import reconcile_rules, verify
from recordings.completeness import completeness
from recordings.reconcile import Reconciler
from recordings.reconcile_rules import OURS
from recordings.tables import recordings
from recordings.vault import open_vault
from tests.telephony.stack import NODE, eventually
from tests.telephony.world import World

CALLS = int(os.environ.get("TIANZHOU_MANY", "40"))
SEED = int(os.environ.get("TIANZHOU_SOAK_SEED", "1"))
AGENTS, RING_S = 10, 15
SECONDS_PER_CALL = 3  # far more than it takes: a deadline, no measure
MIX = {"21": 26, "24": 5, "17": 5, "34": 2, "04": 1, "19": 1}  # of 40; 21 a short talk, 24 hangs up on answer
ANSWERED = {"21", "24"}
ZONE = "Asia/Shanghai"
DISPOSITION = 14  # column of the carrier's record


@dataclass(frozen=True)
class Figures:
    """What `GET /completeness` would say."""

    answered: int
    present: int
    open: int
    absent: Counter[str]


def behaviours(count: int, seed: int) -> list[str]:
    """The mix in that many calls, in an order that the seed decides."""
    pool = [behaviour for behaviour, share in MIX.items() for _ in range(share)]
    random.Random(seed).shuffle(pool)
    return [pool[n % len(pool)] for n in range(count)]


async def test_many_calls_and_every_witness_agrees(own_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world = own_world
    world.stack.start_dialer()
    world.stack.start_worker()
    began_on = today()
    # one attempt each: what the network refuses would be dialed again after a minute
    await world.make_campaign(ring_s=RING_S, max_attempts=1)
    agents = [await world.add_agent() for _ in range(AGENTS)]
    working = [asyncio.create_task(world.work(agent)) for agent in agents]
    leads = {await world.add_lead(behaviour): behaviour for behaviour in behaviours(CALLS, SEED)}
    began = asyncio.get_running_loop().time()
    await eventually(lambda: is_settled(world, CALLS), "every call settled", 90 + CALLS * SECONDS_PER_CALL)
    took_s = asyncio.get_running_loop().time() - began
    for task in working:
        task.cancel()
    ends = await asyncio.gather(*working, return_exceptions=True)
    assert all(isinstance(end, asyncio.CancelledError) for end in ends), ends
    rows = await rows_of(world, select(attempts))
    figures = await figures_of(world, {began_on, today()})
    dispositions = {number: carrier_says(world, number) for number in leads}
    report_on(leads, rows, figures, took_s)
    agree(leads, rows, figures, dispositions)
    await eventually(lambda: is_empty(world), "an empty spool")
    monkeypatch.setattr(verify, "IN_FLIGHT", timedelta(0))  # nothing is in flight any more: nothing is passed over
    code, report = await verify.run(settings_of(world))
    assert code == 0, report
    assert (report.calls, report.present, report.cdr_calls) == (CALLS, figures.present, figures.answered)
    monkeypatch.setattr(reconcile_rules, "IN_FLIGHT", timedelta(0))
    assert await gaps_of(world) == []


async def gaps_of(world: World) -> list[Any]:
    """What the reconciler makes of the records of a real Asterisk, and what the worker's own opened meanwhile."""
    here = settings_of(world)
    reconciler = Reconciler(world.engine, open_vault(here), Paths(here.root).cdr("main"), NODE, ZONE)
    try:
        found = await reconciler.recent()
    finally:
        reconciler.close()
    assert found.calls >= CALLS
    ours = incidents.c.kind.in_([kind.value for kind in OURS | {IncidentKind.ORPHAN}])
    return [*found.gaps, *await rows_of(world, select(incidents).where(ours))]


def agree(leads: dict[str, str], rows: list[Row[Any]], figures: Figures, dispositions: dict[str, list[str]]) -> None:
    """Number by number: one attempt, one call at the carrier, and both say whether it was answered."""
    assert sorted(map(dialed, rows)) == sorted(leads)
    assert {number: len(said) for number, said in dispositions.items()} == dict.fromkeys(leads, 1)
    answered = {dialed(row) for row in rows if row.answered_at is not None}
    assert answered == {number for number, said in dispositions.items() if said == ["ANSWERED"]}
    assert answered == {number for number, behaviour in leads.items() if behaviour in ANSWERED}
    assert (figures.answered, figures.present, figures.open) == (len(answered), len(answered), 0)
    assert figures.absent.total() == len(leads) - len(answered)
    assert "recorder_failed" not in figures.absent
    assert not [dialed(row) for row in rows if row.abandoned]


def dialed(row: Row[Any]) -> str:
    return str(row.number).removeprefix("+86")


async def is_settled(world: World, count: int) -> bool:
    query = (
        select(func.count())
        .select_from(attempts.join(recordings, recordings.c.attempt_id == attempts.c.id))
        .where(attempts.c.ended_at.is_not(None))
    )
    return bool((await rows_of(world, query))[0][0] >= count)


async def rows_of(world: World, query: Any) -> list[Row[Any]]:
    async with world.engine.connect() as connection:
        return list((await connection.execute(query)).all())


async def figures_of(world: World, days: set[date]) -> Figures:
    """Of all days together: a run may begin before midnight and end after it."""
    async with world.engine.connect() as connection:
        found = [await completeness(connection, day, ZONE) for day in days]
    absent = sum((Counter(each["absent"]) for each in found), Counter[str]())
    answered, present = sum(each["answered"] for each in found), sum(each["present"] for each in found)
    return Figures(answered, present, sum(each["open"] for each in found), absent)


async def is_empty(world: World) -> bool:
    return not list(world.stack.paths.spool.glob("*.wav"))


def carrier_says(world: World, number: str) -> list[str]:
    return [row[DISPOSITION] for row in world.carrier_calls(number)]


def settings_of(world: World) -> Settings:
    return Settings(data_dir=world.stack.paths.root, node=NODE, zone=ZONE)


def today() -> date:
    return datetime.now(ZoneInfo(ZONE)).date()


def report_on(leads: dict[str, str], rows: list[Row[Any]], figures: Figures, took_s: float) -> None:
    results = Counter((leads[dialed(row)], row.dial_result, row.end_reason) for row in rows)
    waits = sorted(
        (row.connected_at - row.answered_at).total_seconds() for row in rows if row.connected_at is not None
    )
    print(f"\n{len(rows)} calls, {AGENTS} agents, seed {SEED}: {took_s:.1f} s")
    for (behaviour, result, reason), count in sorted(results.items(), key=str):
        print(f"  {behaviour}  {result} / {reason}: {count}")
    print(f"  abandoned: {sum(row.abandoned for row in rows)}; completeness: {figures}")
    print(f"  answered to connected: median {waits[len(waits) // 2]:.3f} s, worst {waits[-1]:.3f} s")
