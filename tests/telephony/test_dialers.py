"""Two dialer processes on one list, killed and paused at random: no number has two calls at once, and none is lost.

The far end counts: SIPp's own trace, not our rows. Some seconds in CI; `python -m tests.soak --storm dialers` is ten
minutes on 10,000 numbers.
"""

import asyncio
import os
import random
import signal
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import func, select

from dialer.store.tables import attempts, leads
from tests.telephony.far_end import TRUNK, FarEnd, Message, far_end
from tests.telephony.stack import Stack, eventually
from tests.telephony.test_storms import at_work
from tests.telephony.world import World

SECONDS = int(os.environ.get("TIANZHOU_DIALERS_S", "12"))
NUMBERS = int(os.environ.get("TIANZHOU_DIALERS_NUMBERS", "300"))
SEED = int(os.environ.get("TIANZHOU_SOAK_SEED", "1"))
AGENTS = 10
MIX = ("17",) * 16 + ("34",) * 3 + ("21",)  # busy, refused by the network, a talk of four seconds
DIALERS = ("dialer", "second")
QUIET_S, PAUSE_S = (1.0, 6.0), (0.5, 6.0)  # between two blows; a lease is three seconds
LEASE_S, SETTLE_S = 3.0, 60.0


async def strike(stack: Stack, chance: random.Random) -> str:
    """One blow for one of the two: kill -9, or a pause that may outlast its lease; what it was."""
    victim = chance.choice(DIALERS)
    if not stack.is_running(victim):  # fenced off after a pause: it ended by itself
        stack.stop(victim)
        stack.start(victim, "ari_bridge.main")
        return "came back"
    if chance.random() < 0.5:
        stack.kill(victim)
        await asyncio.sleep(chance.uniform(0, 2))
        stack.start(victim, "ari_bridge.main")
        return "killed"
    span_s = chance.uniform(*PAUSE_S)
    stack.send(victim, signal.SIGSTOP)
    await asyncio.sleep(span_s)
    stack.send(victim, signal.SIGCONT)
    return "outlasted" if span_s > LEASE_S else "paused"


def spans(customers: FarEnd) -> dict[str, list[tuple[datetime, datetime]]]:
    """By number, from the INVITE of each call that the far end saw to its last message."""
    dialogs = defaultdict[str, list[Message]](list)
    for message in customers.messages():
        dialogs[message.call_id].append(message)
    found = defaultdict[str, list[tuple[datetime, datetime]]](list)
    for seen in dialogs.values():
        invite = next((each for each in seen if each.line.startswith("INVITE sip:")), None)
        if invite is not None:
            number = invite.line.removeprefix("INVITE sip:").partition("@")[0]
            found[number].append((invite.at, seen[-1].at))
    return found


def at_once(calls: dict[str, list[tuple[datetime, datetime]]]) -> list[str]:
    """Numbers that had a call while another of theirs was not over."""
    return [
        number
        for number, of_number in calls.items()
        if any(later[0] < earlier[1] for earlier, later in pairwise(sorted(of_number)))
    ]


@pytest.fixture
async def customers(own_stack: Stack, tmp_path: Path) -> AsyncIterator[FarEnd]:
    with far_end(own_stack, tmp_path / "run") as made:
        yield made


async def test_two_dialers_never_call_a_number_twice_at_once_and_lose_none(
    own_world: World, own_stack: Stack, customers: FarEnd
) -> None:
    world, chance, blows = own_world, random.Random(SEED), Counter[str]()
    for name in DIALERS:
        own_stack.start(name, "ari_bridge.main")
    own_stack.start_worker()
    await world.make_campaign(trunk=TRUNK, retry_after_s=10, max_attempts=3, ring_s=20)
    for _ in range(AGENTS):
        await world.add_agent()
    await world.fill([f"+86139{MIX[n % len(MIX)]}{n:06d}" for n in range(NUMBERS)])
    began = time.monotonic()
    async with at_work(world, is_fed=False):
        while time.monotonic() < began + SECONDS:
            await asyncio.sleep(chance.uniform(*QUIET_S))
            blows[await strike(own_stack, chance)] += 1
        for name in DIALERS:
            if not own_stack.is_running(name):
                own_stack.stop(name)
                own_stack.start(name, "ari_bridge.main")
        await world.stop_campaign("draining")
        await world.all_closed(SETTLE_S)
    await eventually(lambda: none_claimed(world), "every lead put back", SETTLE_S)
    rows = await world._rows(select(attempts.c.number, attempts.c.end_reason))
    calls, dialed = spans(customers), Counter(row.number.removeprefix("+86") for row in rows)
    seen = {number: len(each) for number, each in calls.items()}
    print(f"\n{SECONDS} s, {NUMBERS} numbers: {sum(seen.values())} calls at the far end on {len(seen)} numbers,")
    print(f"  {len(rows)} attempts {dict(Counter(row.end_reason for row in rows))}; blows {dict(blows)}")
    assert at_once(calls) == []
    assert {number for number, count in seen.items() if count > dialed[number]} == set()
    assert max(dialed.values()) <= 3 and all(row.end_reason for row in rows)
    assert (await world._rows(select(func.count()).select_from(leads)))[0][0] == NUMBERS
    assert sum(seen.values()) > AGENTS and blows.total() > 1


async def none_claimed(world: World) -> bool:
    query = select(func.count()).select_from(leads).where(leads.c.state == "claimed")
    return bool((await world._rows(query))[0][0] == 0)
