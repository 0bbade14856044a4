"""What is read from the database for one scrape."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.floor.rules import day_start
from dialer.core.disposition import NOBODY_HEARD
from dialer.store import events
from dialer.store.tables import attempts, commands, incidents, leases, nodes, self_tests
from recordings.records import lowest_id
from recordings.tables import recordings

SEALS = timedelta(minutes=5)  # lags are told of the seals of this stretch
LONGEST_CALL = timedelta(hours=2)


@dataclass(frozen=True)
class LeaseFact:
    """A lease; `expires_s` is negative when it has expired."""

    name: str
    holder: str
    token: int
    expires_s: float


@dataclass(frozen=True)
class NodeFact:
    """A process's last heartbeat."""

    name: str
    age_s: float
    health: Mapping[str, Any]


@dataclass(frozen=True)
class Facts:
    """Everything read at `now`, the database's time."""

    now: datetime
    results: Mapping[str, int]
    leases: Sequence[LeaseFact]
    nodes: Sequence[NodeFact]
    commands: int
    command_age_s: float
    event_lag_s: float
    seal_lags: Mapping[tuple[str, str], float]
    incidents: Mapping[str, int]  # open ones, by kind
    unheard: Mapping[tuple[str, str], int]  # calls in which nobody was heard, by trunk and meaning
    self_tests: Mapping[str, float]  # by node: seconds since the last that passed


async def read(connection: AsyncConnection, zone: ZoneInfo) -> Facts:
    """The facts of now. Each query is bounded by an index or by the day."""
    now: datetime = (await connection.execute(select(func.now()))).scalar_one()
    queued = (await connection.execute(_queued())).one()
    return Facts(
        now=now.astimezone(UTC),
        results={row.name: row.number for row in await connection.execute(_results(day_start(now, zone)))},
        leases=[
            LeaseFact(row.name, row.holder, row.token, (row.expires_at - now).total_seconds())
            for row in await connection.execute(select(leases))
        ],
        nodes=[
            NodeFact(row.name, (now - row.heartbeat_at).total_seconds(), row.health)
            for row in await connection.execute(select(nodes))
            if isinstance(row.health, dict)
        ],
        commands=queued.number,
        command_age_s=_age_s(now, queued.oldest),
        event_lag_s=_age_s(now, await events.oldest_unread(connection)),
        seal_lags=await _seal_lags(connection, now),
        incidents={row.name: row.number for row in await connection.execute(_incidents())},
        unheard={
            (row.trunk, row.meaning): row.number for row in await connection.execute(_unheard(day_start(now, zone)))
        },
        self_tests={row.node: _age_s(now, row.at) for row in await connection.execute(_self_tests())},
    )


def _results(start: datetime) -> Select[Any]:
    calls = attempts.c
    return (
        select(calls.dial_result.label("name"), func.count().label("number"))
        .where(calls.id >= lowest_id(start), calls.opened_at >= start, calls.dial_result.is_not(None))
        .group_by(calls.dial_result)
    )


def _unheard(start: datetime) -> Select[Any]:
    """No voice, or not to be heard after the agent asked twice (mission.md row 11): the trunk may be at fault."""
    calls = attempts.c
    return (
        select(calls.trunk, calls.meaning, func.count().label("number"))
        .where(calls.id >= lowest_id(start), calls.opened_at >= start, calls.meaning.in_(NOBODY_HEARD))
        .group_by(calls.trunk, calls.meaning)
    )


def _incidents() -> Select[Any]:
    kind, open_ones = incidents.c.kind, incidents.c.closed_at.is_(None)
    return select(kind.label("name"), func.count().label("number")).where(open_ones).group_by(kind)


def _self_tests() -> Select[Any]:
    passed = self_tests.c.why == ""
    last = func.max(self_tests.c.ended_at).label("at")
    return select(self_tests.c.node, last).where(passed).group_by(self_tests.c.node)


def _queued() -> Select[Any, Any]:
    oldest = func.min(commands.c.created_at).label("oldest")
    return select(func.count().label("number"), oldest).where(commands.c.status == "queued")


async def _seal_lags(connection: AsyncConnection, now: datetime) -> dict[tuple[str, str], float]:
    """Seconds from a call's answer, and from its end, to its seal: the mean and the worst of the last minutes."""
    calls, rows = attempts.c, recordings.c
    spans = {
        "answered": func.extract("epoch", rows.sealed_at - calls.answered_at),
        "ended": func.extract("epoch", rows.sealed_at - calls.ended_at),
    }
    query = (
        select(*(function(span) for span in spans.values() for function in (func.avg, func.max)))
        .select_from(recordings.join(attempts, calls.id == rows.attempt_id))
        .where(rows.attempt_id >= lowest_id(now - LONGEST_CALL), calls.id >= lowest_id(now - LONGEST_CALL))
        .where(rows.sealed_at > now - SEALS, rows.status == "present")
    )
    found = (await connection.execute(query)).one()
    names = [(since, statistic) for since in spans for statistic in ("mean", "max")]
    return {name: float(value) for name, value in zip(names, found, strict=True) if value is not None}


def _age_s(now: datetime, then: datetime | None) -> float:
    return max(0.0, (now - then).total_seconds()) if then else 0.0
