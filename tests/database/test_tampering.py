"""2,000 random tamperings of a sealed set: all found, and nothing found where nothing was done.

Few of them here; `python -m tests.soak --storm tampering` does them all and prints the numbers.
"""

import base64
import os
import random
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.core.attempt import Attempt, DialResult, EndReason, Mode
from dialer.core.disposition import Meaning
from dialer.core.ids import AgentId, AttemptId, CampaignId, SessionId
from dialer.core.ledger import Entry, EntryKind
from dialer.core.records import AttemptClosed, AttemptDisposed
from dialer.core.recycle import LeadNext, LeadState
from dialer.store import ledger
from dialer.store.postgres import PostgresStore
from dialer.store.tables import campaigns
from recordings import verify_ledger
from recordings.notes import SigningKey
from recordings.verify import Sources, verify
from tests.contract.world import new_id
from tests.database.recordings_world import World
from tests.database.tampering import KINDS, Sealed
from tests.database.test_recordings_verify import ZONE, cdr_line

COUNT = int(os.environ.get("TIANZHOU_TAMPERINGS", "45"))
SEED = int(os.environ.get("TIANZHOU_SOAK_SEED", "20261125"))
UNTOUCHED_EVERY = 20
FORGER = SigningKey(base64.urlsafe_b64encode(bytes(32)).decode())
FILLER = 300  # rows of no call: the tree has kept nodes, and most rows are not the seals


@dataclass
class Scene:
    """A sealed set and how it is verified; `elsewhere` is a copy of the checkpoints in other hands."""

    sealed: Sealed
    sources: Sources
    elsewhere: Path

    async def tamper(self, kind: str, chance: random.Random) -> str:
        """One tampering of this kind; what the database itself refuses is none."""
        while True:
            try:
                return await chance.choice(KINDS[kind])(self.sealed, chance)
            except DBAPIError:
                await self.sealed.undo()

    async def code(self) -> int:
        return int((await verify(replace(self.sources, elsewhere=(self.elsewhere,)))).code)


@pytest.fixture
async def scene(world: World, owner: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Six calls through the real store and the real worker, signed on the way; no copy is on its way any more."""
    monkeypatch.setattr(verify_ledger, "COPY_LAG", timedelta())
    key = world.signer().public
    cdr = world.root / "Master.csv"
    calls = Calls(world)
    for n in range(6):
        call, answered = await calls.call(n), n % 3 != 2
        with cdr.open("a") as out:
            out.write(cdr_line(call, "ANSWERED" if answered else "NO ANSWER"))
        if answered:
            world.legs(call, samples=2000)
        await world.worker().sweep()
        await world.signer().sign()
    entries = [Entry(EntryKind.SELF_TEST, None, datetime.now(UTC), {"n": n}) for n in range(FILLER)]
    async with world.engine.begin() as connection:
        await ledger.append(connection, entries)
    await world.signer().sign()
    elsewhere = tmp_path / "elsewhere.txt"
    elsewhere.write_text("".join(path.read_text() for path in sorted(world.paths.checkpoints.iterdir())))
    for path in world.paths.checkpoints.iterdir():
        os.utime(path)
    sealed = Sealed(owner, world.root / "recordings", world.paths.checkpoints, FORGER)
    await sealed.remember()
    sources = Sources(world.engine, world.vault, cdr, world.spool, world.node, ZONE, world.paths.checkpoints, key)
    return Scene(sealed, sources, elsewhere)


class Calls:
    """Calls of ten minutes ago, opened and closed by the real store."""

    def __init__(self, world: World) -> None:
        self._store = PostgresStore(world.engine)
        self._node, self._engine = world.node, world.engine

    async def call(self, n: int) -> str:
        campaign = CampaignId(new_id())
        async with self._engine.begin() as connection:
            row = {"id": campaign, "name": f"c{n}", "product": "p", "region": "r", "mode": "progressive"}
            await connection.execute(insert(campaigns).values(row | {"caller_id": "10010", "state": "running"}))
        lease = await self._store.acquire(self._node, new_id(), 600, lambda _holder: True)
        assert lease is not None
        at = datetime.now(UTC) - timedelta(minutes=10)
        attempt = Attempt(
            id=AttemptId(new_id()),
            campaign_id=campaign,
            lead_id=None,
            number=f"+8613800000{n:03}",
            mode=Mode.PROGRESSIVE,
            trunk="practice",
            caller_id="10010",
            ring_s=30,
            opened_at=at,
            max_attempts=3,
            retry_after_s=900,
        )
        await self._store.open_attempt(lease, attempt)
        await self._store.write([_closed(attempt, answered=n % 3 != 2), _disposed(attempt)])
        return attempt.id


def _closed(attempt: Attempt, answered: bool) -> AttemptClosed:
    at = attempt.opened_at + timedelta(seconds=5)
    return AttemptClosed(
        attempt_id=attempt.id,
        lead_id=None,
        at=at,
        result=DialResult.ANSWERED if answered else DialResult.NO_ANSWER,
        reason=EndReason.CUSTOMER_HUNG_UP if answered else EndReason.NOT_ANSWERED,
        cause=16,
        tech_cause=None,
        abandoned=False,
        answered_at=at - timedelta(seconds=0.25) if answered else None,
        connected_at=None,
        session_id=SessionId(new_id()) if answered else None,
        agent_id=AgentId(new_id()) if answered else None,
        lead_next=LeadNext(LeadState.DONE, at, "done"),
    )


def _disposed(attempt: Attempt) -> AttemptDisposed:
    at = attempt.opened_at + timedelta(seconds=9)
    return AttemptDisposed(attempt.id, "other", at, LeadNext(LeadState.DONE, at, "other"), False, Meaning.CONTACT)


async def test_every_tampering_is_found_and_nothing_else(scene: Scene) -> None:
    chance = random.Random(SEED)
    assert await scene.code() == 0
    done, found, untouched = Counter[str](), Counter[str](), 1
    missed = []
    for n in range(COUNT):
        kind = list(KINDS)[n % len(KINDS)]
        said = await scene.tamper(kind, chance)
        is_found = await scene.code() == 1
        done[kind] += 1
        found[kind] += is_found
        if not is_found:
            missed.append(f"{n}: {kind}: {said}")
        await scene.sealed.undo()
        if n % UNTOUCHED_EVERY == 0:
            untouched += 1
            assert await scene.code() == 0, f"after {n}: {said}"
    print(f"\nseed {SEED}: {COUNT} tamperings of 6 calls")
    for kind in KINDS:
        print(f"  {kind:<28}{found[kind]:>6} of {done[kind]} found")
    print(f"  {'untouched, nothing found':<28}{untouched:>6} of {untouched}")
    assert not missed, missed
