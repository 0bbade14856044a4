"""`world` is every store in turn; the half over PostgreSQL carries the marker `database`."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.store.postgres import PostgresStore
from tests.contract.world import MemoryWorld, PostgresWorld, World


@pytest.fixture
async def memory_world() -> World:
    return MemoryWorld()


@pytest.fixture
async def postgres_world(engine: AsyncEngine) -> AsyncIterator[World]:
    store = PostgresStore(engine)
    yield PostgresWorld(engine, store)
    await store.close()


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.database)])
def world(request: pytest.FixtureRequest) -> World:
    made: World = request.getfixturevalue(f"{request.param}_world")
    return made
