"""The one reader of the log in this process: the database's work is the same for one viewer and for a hundred.

Twice a second, while anybody watches, it reads what is new, encodes it once and queues it for each viewer. Figures
come from the board, which counts at most once in two seconds; all viewers' sessions are asked after in one query.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.auth.tables import users
from api.errors import DATABASE_FAULTS
from api.events import frames
from api.events.access import keep_in_use, may_watch, roles_of_live
from api.events.cursor import encode
from api.events.viewer import Viewer
from api.floor.rules import NOTHING, lamps_without_database
from api.floor.service import Board, Standing
from dialer.store import events
from dialer.store.events import Change, Event, Position

TICK_S = 0.5
TICK_MAX_S = 5.0
ALIVE_S = 10.0
ACCESS_S = 10.0
TIDY_S = 60.0
NOWHERE = Position(0, 0)
START = "start"  # the log's own first row

log = structlog.get_logger()


@dataclass(frozen=True)
class Missed:
    """The stretch of the log that a viewer has still to get: after the one, up to and with the other."""

    after: Position
    until: Position

    def __bool__(self) -> bool:
        return self.after < self.until


@dataclass(frozen=True)
class Encoded:
    """A change ready to be sent, and whose it is."""

    event: Event
    piece: bytes


@dataclass
class Hub:
    """Viewers join and leave; `run` serves them; `close` ends every stream. `monotonic` is its clock."""

    engine: AsyncEngine
    board: Board
    idle: timedelta
    monotonic: Callable[[], float] = time.monotonic
    _viewers: set[Viewer] = field(default_factory=set)
    _place: Position = NOWHERE
    _names: dict[str, dict[str, str]] = field(default_factory=dict)
    _standing: Standing | None = None
    _figures: bytes = b""
    _is_away: bool = False
    _is_closed: bool = False
    _alive_due: float = 0.0
    _access_due: float = 0.0
    _watched: asyncio.Event = field(default_factory=asyncio.Event)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self._reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    # -- viewers ---------------------------------------------------------------------------------------------------

    async def join(self, viewer: Viewer, after: Position | None) -> Missed:
        """From now on the viewer gets what is new; what it missed is returned, to be fetched piece by piece.

        A place that is unknown, or whose followers are deleted already, brings a reset, and nothing is missed.
        Raises what the database raises when it is away.
        """
        async with self._lock, self._reading.connect() as connection:
            await self._catch_up(connection, after)
            if viewer.only_of is None:
                viewer.put(self._figures)
            is_known = after is None or await self._knows(connection, after)
            if not is_known:
                viewer.put(frames.RESET)
            self._viewers.add(viewer)
            self._watched.set()
            if self._is_closed:
                viewer.end()
            return Missed(after if after is not None and is_known else self._place, self._place)

    async def _catch_up(self, connection: AsyncConnection, after: Position | None) -> None:
        """Nobody watched: begin at the end. A cursor from another copy of the api may be ahead of us: read on."""
        if not self._viewers:
            self._place = await events.tail(connection)
            self._standing, self._figures = None, b""
        elif after is not None and after > self._place:
            await self._read_on(connection)

    def leave(self, viewer: Viewer) -> None:
        """The stream is over."""
        viewer.end()
        self._viewers.discard(viewer)
        if not self._viewers:
            self._watched.clear()

    def close(self) -> None:
        """Ends every stream, now and from now on: the process is about to stop, the browsers come back."""
        self._is_closed = True
        for viewer in self._viewers:
            viewer.end()

    async def fetch(self, viewer: Viewer, missed: Missed) -> tuple[bytes, Missed]:
        """The frame of the next changes that a viewer missed, and what is still missing. Raises as `join`."""
        async with self._reading.connect() as connection:
            found = await events.read(connection, missed.after, missed.until)
            encoded = await self._encode(connection, found)
        reached = found[-1].place if len(found) == events.BATCH else missed.until
        return _frame(encoded, viewer.only_of), Missed(reached, missed.until)

    @property
    def viewers(self) -> int:
        """How many streams are open."""
        return len(self._viewers)

    # -- the reader ------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serves the viewers for ever."""
        while True:
            await self._watched.wait()
            begun = self.monotonic()
            async with self._lock:
                await self._guarded_tick()
            await asyncio.sleep(max(0.0, TICK_S - (self.monotonic() - begun)))

    async def tidy(self) -> None:
        """Deletes what is too old, for ever; again and from several copies is harmless."""
        while True:
            try:
                async with self.engine.begin() as connection:
                    await events.prune(connection)
            except DATABASE_FAULTS as error:
                log.warning("old changes not deleted", action="tidy_failed", error=type(error).__name__)
            await asyncio.sleep(TIDY_S)

    async def _guarded_tick(self) -> None:
        """One round; while the database is away, viewers are told so once and kept."""
        try:
            async with asyncio.timeout(TICK_MAX_S):
                await self._tick()
        except DATABASE_FAULTS as error:
            if not self._is_away:
                log.warning("no changes can be read", action="events_away", error=type(error).__name__)
            self._is_away = True
            self._tell_away()
        except Exception:  # a fault of ours in one round must not silence the floor for good
            log.exception("a round of the hub failed", action="events_fault")
        self._keep_alive()

    async def _tick(self) -> None:
        async with self._reading.connect() as connection:
            if self._is_away:
                await self._come_back(connection)
            await self._read_on(connection)
            if self.monotonic() >= self._access_due:
                await self._check_access(connection)
                self._access_due = self.monotonic() + ACCESS_S
        if any(viewer.only_of is None for viewer in self._viewers):
            self._show(await self.board.look())

    async def _come_back(self, connection: AsyncConnection) -> None:
        """After an absence: what was deleted meanwhile cannot be told."""
        if not await events.is_known(connection, self._place):
            self._place = await events.tail(connection)
            for viewer in self._viewers:
                viewer.put(frames.RESET)
        self._is_away = False

    async def _read_on(self, connection: AsyncConnection) -> None:
        """Queues everything that is new."""
        while True:
            found = await events.read(connection, self._place)
            self._hand_out(await self._encode(connection, found))
            if found:
                self._place = found[-1].place
            if len(found) < events.BATCH:
                return

    def _hand_out(self, encoded: Sequence[Encoded]) -> None:
        """One frame for all who see everything, one for each agent who sees his own."""
        made: dict[str | None, bytes] = {}
        for viewer in self._viewers:
            if viewer.only_of not in made:
                made[viewer.only_of] = _frame(encoded, viewer.only_of)
            if made[viewer.only_of]:
                viewer.put(made[viewer.only_of])

    async def _knows(self, connection: AsyncConnection, place: Position) -> bool:
        return place <= self._place and await events.is_known(connection, place)

    async def _check_access(self, connection: AsyncConnection) -> None:
        """Ends the streams of sessions that are no more, or may see less than when they began."""
        watching = {viewer.session_id for viewer in self._viewers}
        roles = await roles_of_live(connection, watching, self.idle)
        for viewer in self._viewers:
            if not may_watch(roles.get(viewer.session_id, frozenset()), viewer.only_of is None):
                viewer.end()
        await keep_in_use(connection, roles.keys())

    def _show(self, standing: Standing) -> None:
        if standing is self._standing:
            return
        self._standing = standing
        self._send_figures(frames.figures(standing.figures, standing.lamps, standing.campaigns))

    def _tell_away(self) -> None:
        if self._standing is not None:
            standing, self._standing = self._standing, None
            lamps = lamps_without_database()
            self._send_figures(frames.figures(standing.figures, lamps, standing.campaigns))

    def _send_figures(self, frame: bytes) -> None:
        if frame != self._figures:
            self._figures = frame
            for viewer in self._viewers:
                if viewer.only_of is None:
                    viewer.put(frame)

    def _keep_alive(self) -> None:
        if self.monotonic() >= self._alive_due:
            self._alive_due = self.monotonic() + ALIVE_S
            for viewer in self._viewers:
                viewer.put(frames.ALIVE)

    # -- what the log does not hold --------------------------------------------------------------------------------

    async def _encode(self, connection: AsyncConnection, found: Sequence[Event]) -> list[Encoded]:
        told = [event for event in found if event.change.kind != START]
        await self._learn(connection, {event.change.agent_id for event in told if event.change.kind == "agent"})
        return [Encoded(event, frames.piece(event.change, self._more(event.change))) for event in told]

    async def _learn(self, connection: AsyncConnection, agents: Iterable[str | None]) -> None:
        """Names of agents, asked once for each."""
        new = {agent for agent in agents if agent is not None} - self._names.keys()
        if new:
            query = select(users.c.id, users.c.username, users.c.name).where(users.c.id.in_(new))
            for row in await connection.execute(query):
                self._names[row.id] = {"username": row.username, "name": row.name}

    def _more(self, change: Change) -> Mapping[str, Any]:
        if change.kind == "agent":
            return self._names.get(change.agent_id or "", {"username": "", "name": ""})
        if change.kind == "campaign":
            return self._day_of(str(change.body["id"]))
        return {}

    def _day_of(self, campaign_id: str) -> Mapping[str, Any]:
        standing = self._standing
        counts = standing.counts.get(campaign_id, NOTHING) if standing else NOTHING
        return {**counts.model_dump(), "reason": standing.reasons.get(campaign_id) if standing else None}


def _frame(encoded: Sequence[Encoded], only_of: str | None) -> bytes:
    """The frame of the changes that may be seen; empty when there are none."""
    seen = [item for item in encoded if only_of is None or item.event.change.agent_id == only_of]
    if not seen:
        return b""
    last = seen[-1].event
    return frames.changes(encode(last.place), last.at, (item.piece for item in seen))
