"""The api over ASGI with the real PostgreSQL; every test here carries the marker `database`."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import create_app
from api.context import Options
from dialer.core.compliance import Caps
from dialer.machine import Paths, keep_secrets
from dialer.store.database import make_engine
from recordings.keys import keyring_of
from recordings.storage import local_storage
from recordings.vault import Vault
from tests.api.contract import Contract
from tests.api.office import NODE, ZONE, Office

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents and "engine" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.database)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    keep_secrets(Paths(tmp_path))
    return Vault(local_storage(tmp_path / "recordings"), keyring_of(Paths(tmp_path)), tmp_path / "work")


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    """The OpenAPI document, made once: it is the same for every app, and takes a second and more."""
    nowhere = make_engine("postgresql+asyncpg://127.0.0.1:1/none")
    return create_app(nowhere, cast(Vault, None), NODE, ZONE).openapi()


@pytest.fixture
async def office(
    engine: AsyncEngine, vault: Vault, tmp_path: Path, document: dict[str, Any]
) -> AsyncIterator[Office]:
    options = Options(paths=Paths(tmp_path), caps=Caps(caller_ids=frozenset({"10010"})))
    app = create_app(engine, vault, NODE, ZONE, engine_timeout_s=0.6, options=options)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    hooks = {"response": [Contract(document).hold]}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test", event_hooks=hooks) as http,
    ):
        app.state.context.hub.close()  # a stream without end has no place in this transport: see streams.py
        yield Office(app, http, engine)
