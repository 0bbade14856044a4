"""Carries out `retention_rules.py`: the key is destroyed first, with its tombstone; then the object goes.

Killed in between, the row still names the object, and the next round takes it away. The row stays for ever.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Row, Select, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from dialer.core.ledger import Entry, EntryKind
from dialer.store import events, ledger
from dialer.store.database import transaction
from recordings.records import LOWEST_ID, ledger_body, lowest_id
from recordings.retention_rules import Facts, Rules, Scope, decide, shortest_days
from recordings.retention_tables import erasures, holds, retention_rules
from recordings.rules import AbsentReason
from recordings.storage import Storage
from recordings.tables import GOING, recording_keys, recordings

EVERY_S = 60.0
RULES_EVERY = 60  # rounds: by rule things are a day late at most, by order a minute
BATCH = 200
TOMBSTONES = {AbsentReason.ERASED: EntryKind.ERASURE, AbsentReason.RETENTION: EntryKind.RETENTION}
WHAT_WAS = ("sha256_pcm", "object_sha256", "flac_sha256", "samples", "rate", "storage_key", "key_id")
_IS_HELD = exists().where(holds.c.call_id == recordings.c.attempt_id, holds.c.lifted_at.is_(None))
_ORDERED = (erasures.c.decision == "approved") & erasures.c.done_at.is_(None)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Keeper:
    """Who takes recordings away when their time is over; `least_days` is the law's."""

    engine: AsyncEngine
    storage: Storage
    least_days: int

    async def run(self) -> None:
        """A round each minute, for ever; every hour all rules are looked at."""
        number = 0
        while True:
            await self.round(datetime.now(UTC), by_rule=number % RULES_EVERY == 0)
            number += 1
            await asyncio.sleep(EVERY_S)

    async def round(self, now: datetime, by_rule: bool = True) -> int:
        """What was ordered, and what is over by rule; how many recordings went. Raises StorageError."""
        rules = await read_rules(self.engine)
        count = 0
        async for call in self._candidates(_ordered()):
            count += await self._let_go(call, rules, now)
        if by_rule:
            oldest = now - timedelta(days=shortest_days(rules, self.least_days))
            async for call in self._candidates(_older(oldest)):
                count += await self._let_go(call, rules, now)
        await self._take_away()
        return count

    async def _candidates(self, query: Select[Any]) -> AsyncIterator[str]:
        after = LOWEST_ID
        while True:
            async with self.engine.connect() as connection:
                page = query.where(recordings.c.attempt_id > after).order_by(recordings.c.attempt_id).limit(BATCH)
                calls = list(await connection.scalars(page))
            for call in calls:
                yield call
            if len(calls) < BATCH:
                return
            after = calls[-1]

    async def _let_go(self, call: str, rules: Rules, now: datetime) -> bool:
        """Decides again under the row's lock: a hold that was set this moment counts."""
        async with transaction(self.engine) as connection:
            row = await lock_recording(connection, call)
            if row is None or row.status != "present":
                return False
            order = await _order_of(connection, call)
            facts = Facts(row.started_at, row.campaign_id, row.region, row.is_held, order is not None)
            decision = decide(facts, rules, self.least_days, now)
            if not isinstance(decision, AbsentReason):
                return False
            await _bury(connection, row, decision, order, now)
        log.info("a recording was taken away", action="gone", call=call, reason=decision.value)
        return True

    async def _take_away(self) -> None:
        """The objects of rows whose key is destroyed."""
        left = select(recordings.c.attempt_id, recordings.c.storage_key).where(GOING).limit(BATCH)
        async with self.engine.connect() as connection:
            rows = (await connection.execute(left)).all()
        for row in rows:
            await self.storage.delete(row.storage_key)
            async with transaction(self.engine) as connection:
                mine = recordings.c.attempt_id == row.attempt_id
                await connection.execute(update(recordings).where(mine).values(storage_key=None))


async def read_rules(engine: AsyncEngine) -> Rules:
    """All rules."""
    async with engine.connect() as connection:
        rows = await connection.execute(select(retention_rules))
        return {(Scope(row.scope), row.subject): row.days for row in rows}


async def lock_recording(connection: AsyncConnection, call: str) -> Row[Any] | None:
    """A recording's row with `is_held`, locked: who sets a hold and who lets go wait for each other."""
    query = select(recordings, _IS_HELD.label("is_held")).where(recordings.c.attempt_id == call)
    found: Row[Any] | None = (await connection.execute(query.with_for_update(of=recordings))).one_or_none()
    return found


def _ordered() -> Select[Any]:
    return (
        select(recordings.c.attempt_id).join(erasures, erasures.c.call_id == recordings.c.attempt_id).where(_ORDERED)
    )


def _older(moment: datetime) -> Select[Any]:
    # the bound on the id only spares the other months' partitions
    young = recordings.c.attempt_id < lowest_id(moment + timedelta(hours=1))
    present = recordings.c.status == "present"
    return select(recordings.c.attempt_id).where(young, present, recordings.c.started_at < moment, ~_IS_HELD)


async def _order_of(connection: AsyncConnection, call: str) -> Row[Any] | None:
    query = select(erasures).where(erasures.c.call_id == call, _ORDERED)
    found: Row[Any] | None = (await connection.execute(query)).one_or_none()
    return found


async def _bury(
    connection: AsyncConnection, row: Row[Any], gone: AbsentReason, order: Row[Any] | None, now: datetime
) -> None:
    """Destroys the key and writes the tombstone, in one transaction."""
    keys = recording_keys.c
    destroyed = {"wrapped": None, "destroyed_at": now}
    await connection.execute(update(recording_keys).where(keys.attempt_id == row.attempt_id).values(destroyed))
    absent = {"status": "absent", "reason": gone.value}
    mine = recordings.c.attempt_id == row.attempt_id
    await connection.execute(update(recordings).where(mine).values(absent))
    await events.note_recording(connection, dict(row._mapping) | absent)
    body = ledger_body({name: row._mapping[name] for name in WHAT_WAS}) | _who(order)
    if order is not None:
        await connection.execute(update(erasures).where(erasures.c.id == order.id).values(done_at=func.now()))
    await ledger.append(connection, [Entry(TOMBSTONES[gone], row.attempt_id, now, body)])


def _who(order: Row[Any] | None) -> dict[str, Any]:
    if order is None:
        return {}
    return {"order": order.id, "why": order.reason, "asked_by": order.asked_by, "approved_by": order.decided_by}
