"""The api over ASGI with the real PostgreSQL; every test here carries the marker `database`."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import create_app
from recordings.storage import Storage, local_storage
from tests.api.contract import Contract
from tests.api.office import NODE, ZONE, Office

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents and "engine" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.database)


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return local_storage(tmp_path / "recordings", tmp_path / "work")


@pytest.fixture
async def office(engine: AsyncEngine, storage: Storage) -> AsyncIterator[Office]:
    app = create_app(engine, storage, NODE, ZONE, engine_timeout_s=0.6)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    hooks = {"response": [Contract(app.openapi()).hold]}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test", event_hooks=hooks) as http,
    ):
        app.state.context.hub.close()  # a stream without end has no place in this transport: see streams.py
        yield Office(app, http, engine)
