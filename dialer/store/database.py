"""Engines and sessions: every process makes one here, every wait has a time-out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.event import listen
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from dialer.machine import Paths
from dialer.settings import Settings
from dialer.store import embedded

CONNECT_TIMEOUT_S = 5
STATEMENT_TIMEOUT_S = 15


def make_engine(url: str, pool_size: int = 5, statement_s: float = STATEMENT_TIMEOUT_S) -> AsyncEngine:
    """An engine whose connects and statements end in time; raises on a URL that is not PostgreSQL's."""
    if not url.startswith("postgresql+asyncpg://"):
        raise ValueError("TIANZHOU_DATABASE_URL must start with postgresql+asyncpg://")
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=CONNECT_TIMEOUT_S,
        pool_use_lifo=True,  # few connections are busy, and those have their statements prepared
        connect_args={"timeout": CONNECT_TIMEOUT_S, "command_timeout": statement_s},
        hide_parameters=True,  # a fault's words end in a log, and parameters are people's numbers
    )
    listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def _refuse_closed(connection: Any, *_: object) -> None:
    """The pool makes a new connection in place of one whose server is gone; asyncpg has noticed that by itself.

    SQLAlchemy's own `pool_pre_ping` asks the server: three more statements for each transaction of ours.
    """
    if connection.driver_connection.is_closed():
        raise DisconnectionError("the server closed this connection")


def database_url(settings: Settings) -> str:
    """The application's database: the one that `TIANZHOU_DATABASE_URL` names, else our own in the data folder."""
    return settings.database_url or embedded.url(Paths(settings.root))


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One transaction: committed at the end, rolled back on any exception."""
    async with engine.begin() as connection:
        yield connection
