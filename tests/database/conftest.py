"""Every test below this folder runs against the real PostgreSQL and carries the marker `database`."""

from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.database.recordings_world import World

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.database)


@pytest.fixture
def world(engine: AsyncEngine, tmp_path: Path) -> World:
    """Empty tables, an empty spool, an empty store."""
    return World(engine, tmp_path / "data")
