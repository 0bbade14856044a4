"""Engines and sessions: every process makes one here, every wait has a time-out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

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
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=CONNECT_TIMEOUT_S,
        pool_pre_ping=True,
        connect_args={"timeout": CONNECT_TIMEOUT_S, "command_timeout": statement_s},
        hide_parameters=True,  # a fault's words end in a log, and parameters are people's numbers
    )


def database_url(settings: Settings) -> str:
    """The application's database: the one that `TIANZHOU_DATABASE_URL` names, else our own in the data folder."""
    return settings.database_url or embedded.url(Paths(settings.root))


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One transaction: committed at the end, rolled back on any exception."""
    async with engine.begin() as connection:
        yield connection
