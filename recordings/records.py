"""The worker's SQL: which calls are to be settled, and the one transaction that settles each of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from dialer.core.incidents import Incident, IncidentKind
from dialer.core.ledger import Entry, EntryKind
from dialer.store import events, ledger
from dialer.store.database import transaction
from dialer.store.incidents import open_incident
from dialer.store.tables import attempts, campaigns, leads, nodes
from recordings.audio import Pcm
from recordings.keys import Wrapped
from recordings.rules import AbsentReason, CallFacts, Seal, difference_s, lost_s, talk_s
from recordings.sealed import Sealed, sealed_of, with_key
from recordings.tables import recording_keys, recordings
from recordings.vault import Stored

BATCH = 20
LOWEST_ID = "00000000-0000-0000-0000-000000000000"
SKEW = timedelta(minutes=10)  # ids of several makers are ordered only this well
# built once: building a statement costs twice what running it does
_REGION = func.coalesce(func.nullif(leads.c.region, ""), campaigns.c.region).label("region")
_PENDING = (
    select(attempts, _REGION)
    .outerjoin(recordings, recordings.c.attempt_id == attempts.c.id)
    .outerjoin(leads, leads.c.id == attempts.c.lead_id)
    .outerjoin(campaigns, campaigns.c.id == attempts.c.campaign_id)
    .where(attempts.c.id > bindparam("after"), attempts.c.node == bindparam("of_node"))
    .where(attempts.c.ended_at.is_not(None), recordings.c.attempt_id.is_(None))
    .order_by(attempts.c.id)
    .limit(BATCH)
)
_KEEP = insert(recordings).on_conflict_do_nothing().returning(recordings.c.attempt_id)


@dataclass(frozen=True)
class Attempt:
    """An ended call without a recordings row. `number` goes into the row and nowhere else."""

    id: str
    campaign_id: str
    agent_id: str | None
    number: str
    opened_at: datetime
    call: CallFacts
    region: str | None = None


@dataclass(frozen=True)
class Settled:
    """What the recordings row of a call in the spool says."""

    attempt_id: str
    sealed: Sealed | None  # None = there is no object


@dataclass(frozen=True)
class SpoolState:
    """What the database knows of the calls whose files lie in the spool."""

    known: frozenset[str]
    settled: tuple[Settled, ...]


async def pending(engine: AsyncEngine, node: str, after: str) -> list[Attempt]:
    """The oldest ended calls of this node with an id above `after` that have no recordings row; at most BATCH."""
    async with engine.connect() as connection:
        rows = await connection.execute(_PENDING, {"after": after, "of_node": node})
        return [_attempt(row) for row in rows]


async def oldest_open(engine: AsyncEngine, node: str) -> str | None:
    """The id of the oldest call of this node that has not ended; None = there is none."""
    query = select(attempts.c.id).where(attempts.c.node == node, attempts.c.ended_at.is_(None))
    async with engine.connect() as connection:
        found: str | None = await connection.scalar(query.order_by(attempts.c.id).limit(1))
    return found


async def spool_state(engine: AsyncEngine, ids: Iterable[str]) -> SpoolState:
    """Which of these ids are attempts, and which of them have a recordings row."""
    wanted = list(ids)
    query = with_key(
        select(attempts.c.id, recordings).outerjoin(recordings, recordings.c.attempt_id == attempts.c.id)
    )
    async with engine.connect() as connection:
        rows = (await connection.execute(query.where(attempts.c.id.in_(wanted)))).all()
    settled = tuple(_settled(row) for row in rows if row.attempt_id is not None)
    return SpoolState(frozenset(row.id for row in rows), settled)


async def record_present(engine: AsyncEngine, attempt: Attempt, seal: Seal, pcm: Pcm, stored: Stored | None) -> bool:
    """Row and ledger SEAL in one transaction; False = the call was settled already, nothing is written.

    `stored` is None for a call without a sample (`no_media`): there is no object then.
    """
    talk = talk_s(attempt.call)
    facts: dict[str, Any] = {
        "reason": seal.reason.value if seal.reason else None,
        "lost_s": lost_s(seal, pcm.samples, pcm.rate, talk),
        **_object(stored),
        "sha256_pcm": pcm.sha256,
        "rate": pcm.rate,
        "channels": pcm.channels,
        "samples": pcm.samples,
        "talk_s": talk,
        "difference_s": difference_s(pcm.samples, pcm.rate, talk),
        "repaired": seal.repaired,
    }
    return await _settle(engine, attempt, EntryKind.SEAL, {"status": "present", **facts})


def _incident(row: dict[str, Any]) -> Incident | None:
    """What a person must look at: a crash took the end of this call."""
    if row.get("lost_s") is None:
        return None
    call, lost = row["attempt_id"], row["lost_s"]
    detail = f"Asterisk died during this call: at most {lost} seconds at its end are lost; all else was repaired."
    return Incident(IncidentKind.CRASH_TRUNCATED, call, row["sealed_at"], detail, call, {"lost_s": str(lost)})


async def own_key(engine: AsyncEngine, attempt_id: str, fresh: Wrapped) -> Wrapped:
    """The call's own wrapped key: the one it has, else `fresh`, committed before any object needs it."""
    keys = recording_keys.c
    row = {"attempt_id": attempt_id, "key_id": fresh.key_id, "wrapped": fresh.wrapped}
    async with transaction(engine) as connection:
        await connection.execute(insert(recording_keys).values(row).on_conflict_do_nothing())
        query = select(keys.key_id, keys.wrapped).where(keys.attempt_id == attempt_id)
        return Wrapped(*(await connection.execute(query)).one())


async def record_absent(engine: AsyncEngine, attempt: Attempt, reason: AbsentReason) -> bool:
    """Row and ledger ABSENCE in one transaction; False = the call was settled already, nothing is written."""
    facts = {"status": "absent", "reason": reason.value, "talk_s": talk_s(attempt.call)}
    return await _settle(engine, attempt, EntryKind.ABSENCE, facts)


async def heartbeat(engine: AsyncEngine, name: str, health: dict[str, Any]) -> None:
    """This worker's row in `nodes`, its time the database's."""
    row = {"heartbeat_at": func.now(), "health": health}
    statement = insert(nodes).values(name=name, **row)
    async with transaction(engine) as connection:
        await connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=row))


def ledger_body(facts: dict[str, Any]) -> dict[str, Any]:
    """A row's facts as the ledger keeps them: bytes as hex, decimals as text, the status being the entry's kind."""
    return {key: _plain(value) for key, value in facts.items() if key != "status"}


def lowest_id(moment: datetime) -> str:
    """The id below which nothing was opened since `moment`, the makers' skew allowed for."""
    return first_id(moment - SKEW)


def first_id(moment: datetime) -> str:
    """The first id that can be made at `moment`."""
    digits = f"{int(moment.timestamp() * 1000):012x}"
    return f"{digits[:8]}-{digits[8:]}-0000-0000-000000000000"


def moment_of(attempt_id: str) -> datetime:
    """When an id (UUIDv7) was made, to the millisecond."""
    return datetime.fromtimestamp(int(attempt_id[:8] + attempt_id[9:13], 16) / 1000, UTC)


async def _settle(engine: AsyncEngine, attempt: Attempt, kind: EntryKind, facts: dict[str, Any]) -> bool:
    now = datetime.now(UTC)
    row = _row(attempt, facts | {"sealed_at": now})
    async with transaction(engine) as connection:
        if not await _insert(connection, row):
            return False
        await events.note_recording(connection, row)
        await ledger.append(connection, [Entry(kind, attempt.id, now, ledger_body(facts))])
        if (found := _incident(row)) is not None:
            await open_incident(connection, found)
    return True


def _object(stored: Stored | None) -> dict[str, Any]:
    """The columns that say what lies in the store; nothing, for a call without a sample."""
    if stored is None:
        return {"storage_key": None, "bytes": 0}
    return {
        "storage_key": stored.key,
        "key_id": stored.key_id,
        "bytes": stored.envelope.object_bytes,
        "object_sha256": stored.envelope.object_sha256,
        "flac_bytes": stored.envelope.flac_bytes,
        "flac_sha256": stored.envelope.flac_sha256,
    }


def _row(attempt: Attempt, facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "attempt_id": attempt.id,
        "campaign_id": attempt.campaign_id,
        "agent_id": attempt.agent_id,
        "number": attempt.number,
        "started_at": attempt.opened_at,
        "region": attempt.region,
        **facts,
    }


async def _insert(connection: AsyncConnection, row: dict[str, Any]) -> bool:
    return (await connection.execute(_KEEP, row)).first() is not None


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if isinstance(value, Decimal) else value


def _attempt(row: Row[Any]) -> Attempt:
    call = CallFacts(row.answered_at, row.ended_at, row.dial_result, row.cause, row.tech_cause, row.end_reason)
    return Attempt(row.id, row.campaign_id, row.agent_id, row.number, row.opened_at, call, row.region)


def _settled(row: Row[Any]) -> Settled:
    return Settled(row.attempt_id, sealed_of(row))
