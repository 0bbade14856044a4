"""What a running api holds, and how a route gets at it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.auth.sessions import IDLE
from api.commands import CommandDesk
from api.events.hub import Hub
from api.exports.service import Exports
from api.floor.service import Board
from api.metrics.service import Metrics
from dialer.core.compliance import Caps
from dialer.machine import Paths
from recordings.vault import Vault

CLIPS_AT_ONCE = 2


@dataclass(frozen=True)
class Options:
    """What a run may set of the api, beside where things are."""

    reserve_mb: int = 1024
    metrics_token: str = field(default="", repr=False)
    session_idle: timedelta = IDLE
    paths: Paths = field(default_factory=lambda: Paths(Path("var")))
    least_days: int = 30
    caps: Caps = field(default_factory=Caps)


@dataclass(frozen=True)
class Context:
    """Made once by `create_app`; routes read it, nothing changes it."""

    engine: AsyncEngine
    desk: CommandDesk
    node: str
    zone: ZoneInfo
    vault: Vault
    board: Board
    hub: Hub
    exports: Exports
    metrics: Metrics
    session_idle: timedelta
    paths: Paths
    least_days: int
    caps: Caps
    simulations: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    clips: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CLIPS_AT_ONCE))


def context(request: Request) -> Context:
    """The app's context."""
    held: Context = request.app.state.context
    return held


Here = Annotated[Context, Depends(context)]


async def _connection(here: Here) -> AsyncIterator[AsyncConnection]:
    async with here.engine.begin() as connection:
        yield connection


# one transaction per request, committed before the answer leaves: what was answered is stored
Connection = Annotated[AsyncConnection, Depends(_connection, scope="function")]
