"""The log of changes: written in the transaction of the fact, read by every api in the order of commits.

A serial number alone is no order of commits: a lower one may be committed later, when a reader has passed it. So each
row keeps a position, the greater of its own transaction's id and the newest finished one's when it was written, and
readers take only rows whose position is below the oldest running transaction. Then:
- nothing is missed: a transaction still running has an id, and so a position, at or above that bound;
- one object's changes come in their order: who changed it later did so after the other's commit, so neither its
  position nor, at the same position, its `seq` is lower.
A long transaction that writes, anywhere in the same PostgreSQL, delays what is read; one that only reads does not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, delete, exists, func, insert, literal_column, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.core.attempt import Attempt
from dialer.core.numbers import mask
from dialer.store.tables import attempts, campaigns, events

KEEP = timedelta(hours=1)
BATCH = 1000
FINISHED: ColumnElement[bool] = events.c.position < literal_column(
    "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
)
FOREIGN: ColumnElement[bool] = events.c.position >= literal_column(
    "pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
)  # seen, so committed, yet in the future: restored from another PostgreSQL
_key = tuple_(events.c.position, events.c.seq)


class Position(NamedTuple):
    """A place in the log; everything at or before it has been read."""

    position: int
    seq: int


@dataclass(frozen=True)
class Change:
    """What to remember: `body` is the object as it is now, `agent_id` whose change it is."""

    kind: str
    agent_id: str | None
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Event:
    """A change as read back."""

    place: Position
    at: datetime
    change: Change


_CALL = ("id", "campaign_id", "agent_id", "number", "opened_at", "answered_at", "connected_at")
CALL_COLUMNS = tuple(attempts.c[name] for name in (*_CALL, "mode", "ended_at", "dial_result", "abandoned"))
_APPEND = insert(events).inline()


# -- writing -------------------------------------------------------------------------------------------------------


async def append(connection: AsyncConnection, changes: Sequence[Change]) -> None:
    """Writes the changes inside the caller's transaction. Call it after the rows themselves are written."""
    if changes:
        rows = [{"kind": item.kind, "agent_id": item.agent_id, "body": dict(item.body)} for item in changes]
        await connection.execute(_APPEND, rows)


async def note_opened(connection: AsyncConnection, attempt: Attempt) -> None:
    """An attempt was opened."""
    body = {name: getattr(attempt, name) for name in _CALL} | {"mode": attempt.mode.value}
    await append(connection, [_call(body | {"ended_at": None, "dial_result": None, "abandoned": False})])


def call_change(row: Row[Any]) -> Change:
    """A call as an `update` that returns CALL_COLUMNS left it."""
    return _call(dict(row._mapping))


def session_change(row: Row[Any]) -> Change:
    """An agent's session as its row is now."""
    return Change("agent", row.agent_id, agent_body(row))


async def note_campaign(connection: AsyncConnection, campaign_id: str) -> None:
    """A campaign was made or changed."""
    query = select(campaigns).where(campaigns.c.id == campaign_id)
    rows = await connection.execute(query)
    await append(connection, [Change("campaign", None, campaign_body(row)) for row in rows])


async def note_recording(connection: AsyncConnection, row: Mapping[str, Any]) -> None:
    """A recording was sealed or found to be absent; `row` as it goes into the table."""
    samples, hertz = row.get("samples"), row.get("rate")
    body = {
        "id": row["attempt_id"],
        "agent_id": row["agent_id"],
        "campaign_id": row["campaign_id"],
        "status": row["status"],
        "duration_s": round(samples / hertz, 3) if samples is not None and hertz else None,
    }
    await append(connection, [Change("recording", row["agent_id"], body)])


async def note_emergency_stop(connection: AsyncConnection, body: Mapping[str, Any]) -> None:
    """The emergency stop was ordered or lifted; `body` as `GET /emergency-stop` gives it, its values JSON."""
    await append(connection, [Change("emergency_stop", None, body)])


async def note_incident(connection: AsyncConnection, row: Row[Any]) -> None:
    """An incident was opened, taken over or closed; `row` as it is now."""
    await append(connection, [Change("incident", None, incident_body(row))])


def incident_body(row: Row[Any]) -> dict[str, Any]:
    """An incident as screens show it."""
    moments = {name: moment(row._mapping[name]) for name in ("opened_at", "closed_at")}
    names = ("id", "kind", "subject", "call_id", "detail", "owner_id", "resolution")
    return {name: row._mapping[name] for name in names} | moments


def call_body(row: Mapping[str, Any]) -> dict[str, Any]:
    """An attempt's row as the floor shows it; an ended one also says how it ended."""
    body = {
        "id": row["id"],
        "campaign_id": row["campaign_id"],
        "agent_id": row["agent_id"],
        "number": mask(row["number"]),
        "mode": row["mode"],
        "state": _call_state(row),
        "opened_at": moment(row["opened_at"]),
        "answered_at": moment(row["answered_at"]),
        "connected_at": moment(row["connected_at"]),
    }
    if row["ended_at"] is not None:
        body |= {"dial_result": row["dial_result"], "abandoned": row["abandoned"]}
    return body


def agent_body(row: Row[Any]) -> dict[str, Any]:
    """A session's row as the floor shows it, less the person's names."""
    return {
        "id": row.id,
        "agent_id": row.agent_id,
        "extension": row.extension,
        "campaign_ids": list(row.campaign_ids) or [row.campaign_id],
        "state": row.state,
        "reason": row.reason,
        "since": moment(row.state_at),
        "started_at": moment(row.started_at),
        "call_id": row.attempt_id,
    }


def campaign_body(row: Row[Any]) -> dict[str, Any]:
    """A campaign's row as the floor shows it, less the day's figures."""
    return {"id": row.id, "name": row.name, "state": row.state, "mode": row.mode, "priority": row.priority}


def moment(at: datetime | None) -> str | None:
    """RFC 3339 in UTC, as the api writes it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None


def _call(row: Mapping[str, Any]) -> Change:
    return Change("call", row["agent_id"], call_body(row))


def _call_state(row: Mapping[str, Any]) -> str:
    if row["ended_at"] is not None:
        return "ended"
    if row["connected_at"] is not None:
        return "connected"
    return "waiting" if row["answered_at"] is not None else "dialing"


# -- reading -------------------------------------------------------------------------------------------------------


async def tail(connection: AsyncConnection) -> Position:
    """The place of the last change that can be read; what was committed before is at or before it.

    An empty log gets its first row, in the caller's transaction: a place must be an existing one to be known later.
    """
    row = (await connection.execute(_last())).first()
    if row is not None:
        return Position(row.position, row.seq)
    start = insert(events).values(kind="start", body={}).returning(events.c.position, events.c.seq)
    return Position(*(await connection.execute(start)).one())


async def read(
    connection: AsyncConnection, after: Position, until: Position | None = None, limit: int = BATCH
) -> list[Event]:
    """The next changes, oldest first, at most `limit`; up to and with `until`."""
    query = select(events).where(FINISHED, _key > tuple_(*after))
    if until is not None:
        query = query.where(_key <= tuple_(*until))
    return [_event(row) for row in await connection.execute(_in_order(query).limit(limit))]


async def is_known(connection: AsyncConnection, place: Position) -> bool:
    """Whether everything after this place is still in the log: what is deleted is deleted from the oldest on."""
    found: bool | None = await connection.scalar(select(exists().where(_key <= tuple_(*place))))
    return bool(found)


async def oldest_unread(connection: AsyncConnection) -> datetime | None:
    """When the oldest change was written that cannot be read yet; None = all can."""
    found: datetime | None = await connection.scalar(select(func.min(events.c.at)).where(~FINISHED))
    return found


async def prune(connection: AsyncConnection, keep: timedelta = KEEP) -> int:
    """Deletes what is older than `keep`, from the oldest on, and never the newest row; how many.

    Rows that came with a restored backup of another PostgreSQL have positions of its time: they go too.
    """
    foreign = (await connection.execute(delete(events).where(FOREIGN))).rowcount
    young = events.c.at >= func.now() - keep
    first = (await connection.execute(_in_order(_places().where(young)).limit(1))).first()
    bound = first or (await connection.execute(_last())).first()
    if bound is None:
        return foreign
    return foreign + (await connection.execute(delete(events).where(FINISHED, _key < tuple_(*bound)))).rowcount


def _places() -> Select[tuple[int, int]]:
    return select(events.c.position, events.c.seq).where(FINISHED)


def _last() -> Select[tuple[int, int]]:
    return _places().order_by(events.c.position.desc(), events.c.seq.desc()).limit(1)


def _in_order(query: Select[Any]) -> Select[Any]:
    return query.order_by(events.c.position, events.c.seq)


def _event(row: Row[Any]) -> Event:
    return Event(Position(row.position, row.seq), row.at, Change(row.kind, row.agent_id, row.body))
