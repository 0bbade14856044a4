"""The floor, read from rows: the state itself for one request, the figures at most once in BOARD_S for everybody."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.auth.tables import users
from api.emergency.service import standing as standing_stop
from api.events.cursor import encode
from api.floor import rules
from api.floor.rules import Census, Tally
from api.floor.schemas import (
    Counts,
    Figures,
    Floor,
    FloorAgent,
    FloorCall,
    FloorCampaign,
    Lamp,
)
from api.health.rules import STALE_S, Beat
from dialer.store import events
from dialer.store.tables import agent_sessions, attempts, campaigns, nodes
from recordings.records import lowest_id
from recordings.tables import recordings

BOARD_S = 2.0
SLACK = timedelta(hours=1)  # clocks of several makers of ids
AT_WORK = ("running", "paused", "draining")
WORKER_PREFIX = "worker:"
NUMBER = func.count().label("number")


@dataclass(frozen=True)
class Standing:
    """What the board shows."""

    figures: Figures
    lamps: list[Lamp]
    campaigns: list[FloorCampaign]
    counts: Mapping[str, Counts]  # of every campaign that dialed today
    reasons: Mapping[str, str]


@dataclass
class Board:
    """The figures, counted at most once in BOARD_S, however many ask. `monotonic` is its clock."""

    engine: AsyncEngine
    node: str
    zone: ZoneInfo
    reserve_mb: int
    _standing: Standing | None = None
    _due: float = 0.0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def look(self) -> Standing:
        """The newest figures. Raises what the database raises when it is away."""
        async with self._lock:
            if self._standing is None or time.monotonic() >= self._due:
                async with self.engine.connect() as connection:
                    self._standing = await self._count(connection)
                self._due = time.monotonic() + BOARD_S
            return self._standing

    async def _count(self, connection: AsyncConnection) -> Standing:
        census = await _census(connection, datetime.now(UTC), self.zone)
        beats = await _beats(connection)
        workers = [beat for name, beat in beats.items() if name.startswith(WORKER_PREFIX)]
        worker = max(workers, key=lambda beat: beat.at, default=None)
        counts, reasons = rules.by_campaign(census), _reasons(beats)
        return Standing(
            figures=rules.figures(census, self.zone),
            lamps=rules.lamps(beats.get(self.node), worker, self.reserve_mb),
            campaigns=await _campaigns(connection, counts, reasons),
            counts=counts,
            reasons=reasons,
        )


async def look(engine: AsyncEngine, board: Board) -> Floor:
    """The whole floor; the cursor is taken first, so that nothing falls between it and the state."""
    async with engine.begin() as connection:
        cursor = await events.tail(connection)
    standing = await board.look()
    async with engine.connect() as connection:
        return Floor(
            cursor=encode(cursor),
            at=datetime.now(UTC),
            agents=[_agent(row) for row in await connection.execute(_at_work())],
            calls=[_call(row) for row in await connection.execute(_in_air())],
            campaigns=standing.campaigns,
            figures=standing.figures,
            lamps=standing.lamps,
            emergency_stop=await standing_stop(connection),
        )


# -- the state -----------------------------------------------------------------------------------------------------


def _at_work() -> Select[Any]:
    session = agent_sessions.c
    names = (users.c.username, users.c.name)
    return (
        select(agent_sessions, *names)
        .join(users, users.c.id == session.agent_id)
        .where(session.ended_at.is_(None))
        .order_by(session.extension)
    )


def _agent(row: Row[Any]) -> FloorAgent:
    return FloorAgent(**events.agent_body(row), username=row.username, name=row.name)


def _in_air() -> Select[Any]:
    return select(attempts).where(attempts.c.ended_at.is_(None)).order_by(attempts.c.id)


def _call(row: Row[Any]) -> FloorCall:
    return FloorCall(**events.call_body(dict(row._mapping)))


# -- the board -----------------------------------------------------------------------------------------------------


async def _campaigns(
    connection: AsyncConnection, counts: dict[str, Counts], reasons: dict[str, str]
) -> list[FloorCampaign]:
    query = select(campaigns).where(campaigns.c.state.in_(AT_WORK)).order_by(campaigns.c.name)
    return [
        FloorCampaign(
            **events.campaign_body(row),
            **counts.get(row.id, rules.NOTHING).model_dump(),
            reason=reasons.get(row.id),
        )
        for row in await connection.execute(query)
    ]


async def _census(connection: AsyncConnection, now: datetime, zone: ZoneInfo) -> Census:
    start = rules.day_start(now, zone)
    tallies = await connection.execute(_tallies(start, rules.hour_start(now), now))
    return Census(
        now=now,
        tallies=tuple(_tally(row) for row in tallies),
        in_air=await _counted(connection, _air_by_state()),
        agents=await _counted(connection, _agents_by_state()),
        recordings=await _counted(connection, _recordings_by_status(start)),
    )


async def _counted(connection: AsyncConnection, query: Select[Any]) -> dict[str, int]:
    return {row.name: row.number for row in await connection.execute(query)}


def _tallies(start: datetime, hour: datetime, now: datetime) -> Select[Any]:
    """Today's calls and the last hour's, grouped. The bounds on the id only spare other partitions."""
    calls, since = attempts.c, min(start, hour)
    minute = case((calls.opened_at >= hour, func.date_trunc("minute", calls.opened_at)))
    return (
        select(calls.campaign_id, (calls.opened_at >= start).label("is_today"), minute.label("minute"))
        .add_columns(
            func.count().label("dialed"),
            func.count(calls.answered_at).label("answered"),
            func.count(calls.connected_at).label("connected"),
            func.count().filter(calls.abandoned).label("abandoned"),
        )
        .where(calls.id >= lowest_id(since), calls.id < lowest_id(now + SLACK), calls.opened_at >= since)
        .group_by(calls.campaign_id, "is_today", "minute")
    )


def _tally(row: Row[Any]) -> Tally:
    counts = Counts(dialed=row.dialed, answered=row.answered, connected=row.connected, abandoned=row.abandoned)
    return Tally(row.campaign_id, row.is_today, row.minute, counts)


def _air_by_state() -> Select[Any]:
    calls = attempts.c
    state = case(
        (calls.connected_at.is_not(None), "connected"), (calls.answered_at.is_not(None), "waiting"), else_="dialing"
    )
    return select(state.label("name"), NUMBER).where(calls.ended_at.is_(None)).group_by("name")


def _agents_by_state() -> Select[Any]:
    session = agent_sessions.c
    return select(session.state.label("name"), NUMBER).where(session.ended_at.is_(None)).group_by(session.state)


def _recordings_by_status(start: datetime) -> Select[Any]:
    rows = recordings.c
    today = (rows.attempt_id >= lowest_id(start), rows.started_at >= start)
    return select(rows.status.label("name"), NUMBER).where(*today).group_by(rows.status)


async def _beats(connection: AsyncConnection) -> dict[str, Beat]:
    rows = await connection.execute(select(nodes, func.now().label("now")))
    return {row.name: Beat(row.heartbeat_at, row.now, row.health) for row in rows if isinstance(row.health, dict)}


def _reasons(beats: dict[str, Beat]) -> dict[str, str]:
    """Why each campaign is (not) dialing, in the words of the dialers that are alive."""
    found: dict[str, str] = {}
    for beat in beats.values():
        told = beat.health.get("campaigns")
        if beat.age_s <= STALE_S and isinstance(told, dict):
            found |= {str(key): str(value) for key, value in told.items()}
    return found
