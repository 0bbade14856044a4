"""Asks the engine for something: a row it takes, and its answer on the same row.

The api never calls the engine (design.md §1). Nothing is re-sent: a command that nobody took in time is closed here,
so a late engine never acts on it.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import asyncpg
import structlog
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.errors import EngineUnavailable, Refused
from api.ids import new_id
from dialer.store.tables import commands

log = structlog.get_logger()

ASK_CHANNEL = "tianzhou_commands"
ANSWER_CHANNEL = "tianzhou_command_results"
POLL_S = 0.25
RECONNECT_S = 1.0
CONNECT_TIMEOUT_S = 5.0
SQLALCHEMY_ONLY = ("prepared_statement_cache_size", "prepared_statement_name_func", "async_fallback")


class CommandKind(StrEnum):
    """What the engine can be asked."""

    SESSION_START = "session.start"
    SESSION_STATE = "session.state"
    SESSION_END = "session.end"
    CALL_MANUAL = "call.manual"
    CALL_REDIAL = "call.redial"
    CALL_HANGUP = "call.hangup"
    CALL_DISPOSITION = "call.disposition"
    PAUSE_RECORDING = "call.pause_recording"
    RESUME_RECORDING = "call.resume_recording"
    RECORDER_SELF_TEST = "recorder.self_test"
    PRACTICE_CUSTOMERS = "practice.customers"


class CommandStatus(StrEnum):
    """Where a command is; the last three are ends."""

    QUEUED = "queued"
    TAKEN = "taken"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


ENDED = frozenset({CommandStatus.DONE, CommandStatus.REFUSED, CommandStatus.FAILED})


@dataclass
class CommandDesk:
    """The database and the one listener of this process for the engine's answers."""

    engine: AsyncEngine
    timeout_s: float = 10.0
    _waiting: dict[str, asyncio.Event] = field(default_factory=dict)

    @contextmanager
    def expecting(self, command_id: str) -> Iterator[asyncio.Event]:
        """An event that is set when the engine says that it ended this command."""
        event = self._waiting[command_id] = asyncio.Event()
        try:
            yield event
        finally:
            del self._waiting[command_id]

    async def listen(self) -> None:
        """Listens until cancelled and reconnects; while it is away, polling finds the answers."""
        while True:
            try:
                await self._listen_once()
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("no listener", action="results_listener_lost", error=type(error).__name__)
            await asyncio.sleep(RECONNECT_S)

    async def _listen_once(self) -> None:
        closed = asyncio.Event()
        connection = await asyncpg.connect(**_connect_options(self.engine), timeout=CONNECT_TIMEOUT_S)
        try:
            connection.add_termination_listener(lambda _connection: closed.set())
            await connection.add_listener(ANSWER_CHANNEL, self._heard)
            await closed.wait()
        finally:
            connection.terminate()

    def _heard(self, _connection: object, _pid: int, _channel: str, payload: str) -> None:
        event = self._waiting.get(payload)
        if event is not None:
            event.set()


async def ask_engine(
    desk: CommandDesk,
    node: str,
    kind: CommandKind,
    payload: dict[str, Any],
    requested_by: str | None,
    timeout_s: float | None = None,
) -> dict[str, Any]:
    """The engine's result. Raises Refused with its reason, EngineUnavailable when it failed or is silent too long."""
    command_id = new_id()
    deadline = asyncio.get_running_loop().time() + (desk.timeout_s if timeout_s is None else timeout_s)
    row = {"id": command_id, "node": node, "kind": kind.value, "payload": payload, "requested_by": requested_by}
    with desk.expecting(command_id) as answered:
        async with desk.engine.begin() as connection:
            await connection.execute(insert(commands).values(row))
            await connection.execute(select(func.pg_notify(ASK_CHANNEL, node)))
        try:
            status, result = await _answer(desk.engine, command_id, answered, deadline)
        except BaseException:  # the asker went away or the database did: nobody waits for it any more
            await asyncio.shield(_give_up_quietly(desk.engine, command_id))
            raise
    return _told(kind, status, result)


async def _answer(
    engine: AsyncEngine, command_id: str, answered: asyncio.Event, deadline: float
) -> tuple[str, dict[str, Any]]:
    """The end of the command; the command is closed as failed if nobody took it by the deadline (loop's clock)."""
    clock = asyncio.get_running_loop().time
    while (left := deadline - clock()) > 0:
        try:
            async with asyncio.timeout(min(POLL_S, left)):
                await answered.wait()
        except TimeoutError:
            pass
        answered.clear()
        async with engine.connect() as connection:
            status, result = await _read(connection, command_id)
        if status in ENDED:
            return status, result
    return await _give_up(engine, command_id)


async def _give_up(engine: AsyncEngine, command_id: str) -> tuple[str, dict[str, Any]]:
    closed = (
        update(commands)
        .where(commands.c.id == command_id, commands.c.status == CommandStatus.QUEUED)
        .values(status=CommandStatus.FAILED, ended_at=func.now(), result={"reason": "not_taken"})
    )
    async with engine.begin() as connection:
        await connection.execute(closed)
        return await _read(connection, command_id)


async def _give_up_quietly(engine: AsyncEngine, command_id: str) -> None:
    try:
        await _give_up(engine, command_id)
    except Exception as error:
        log.warning("command left open", action="command_left", id=command_id, error=type(error).__name__)


async def _read(connection: AsyncConnection, command_id: str) -> tuple[str, dict[str, Any]]:
    query = select(commands.c.status, commands.c.result).where(commands.c.id == command_id)
    status, result = (await connection.execute(query)).one()
    return status, result or {}


def _told(kind: CommandKind, status: str, result: dict[str, Any]) -> dict[str, Any]:
    if status == CommandStatus.DONE:
        return result
    if status == CommandStatus.REFUSED:
        raise Refused(str(result.get("reason", "refused")), str(result.get("detail", "The engine refused.")))
    log.warning("engine silent", action="engine_unavailable", kind=kind.value, status=status)
    if status == CommandStatus.TAKEN:
        raise EngineUnavailable("The engine took this but has not answered; look at the state before you repeat it.")
    raise EngineUnavailable("The engine did not do this; nothing was changed. See /health.")


def _connect_options(engine: AsyncEngine) -> dict[str, Any]:
    _positional, options = engine.dialect.create_connect_args(engine.url)
    return {name: value for name, value in options.items() if name not in SQLALCHEMY_ONLY}
