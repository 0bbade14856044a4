"""One place where the database's absence becomes our StoreAway."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from dialer.core.errors import StoreAway

CALL_TIMEOUT_S = 20
GONE = (
    *(OSError, TimeoutError, PoolTimeout, InterfaceError, OperationalError),
    *(asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.TooManyConnectionsError),
    *(asyncpg.CannotConnectNowError, asyncpg.AdminShutdownError, asyncpg.CrashShutdownError),  # starting, or going
)


class Base:
    """A store's half that owns the engine."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[AsyncConnection]:
        """One transaction; raises StoreAway when the database cannot be reached in time."""
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S), self._engine.begin() as connection:
                yield connection
        except GONE as gone:
            raise StoreAway(str(gone) or type(gone).__name__) from gone
        except DBAPIError as fault:
            if fault.connection_invalidated or _is_shutdown(fault):
                raise StoreAway(str(fault.orig)) from fault
            raise


def _is_shutdown(fault: DBAPIError) -> bool:
    """57P01-57P05: the server is being shut down, started or was crashed by a neighbour."""
    return str(getattr(fault.orig, "sqlstate", "") or "").startswith(("57P", "08"))
