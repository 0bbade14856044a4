"""Faults become problem documents that tell nothing of our inside and repeat nothing that was sent."""

import ast
import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine

from api import errors, problems
from api.app import create_app
from api.auth.roles import Role
from api.commands import CommandDesk
from api.reasons import REASONS, UNKNOWN
from dialer.core.compliance import RefusalReason
from dialer.store.database import make_engine
from recordings.vault import Vault
from tests.api.office import NODE, V1, ZONE, Office, assert_problem


async def test_no_such_route_and_wrong_method(office: Office) -> None:
    assert_problem(await office.http.get(f"{V1}/13812341234"), 404, "not_found")
    response = await office.http.put(f"{V1}/campaigns")
    assert_problem(response, 405, "method_not_allowed")
    assert response.headers["allow"] == "GET, POST"  # of two routes


async def test_a_fault_shows_nothing_of_itself(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr("api.campaigns.service.page_of", broken)
    boss = await office.someone(Role.MANAGER)
    response = await office.http.get(f"{V1}/campaigns", headers=boss.headers)
    assert_problem(response, 500, "internal_error")
    assert "secret" not in response.text


async def test_the_database_away_is_a_503_and_health_says_what_to_do(vault: Vault) -> None:
    engine = make_engine("postgresql+asyncpg://nobody@/none?host=/nonexistent")
    app = create_app(engine, vault, NODE, ZONE)
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://t") as http:
        response = await http.get(f"{V1}/auth/me", headers={"Authorization": "Bearer x"})
        assert_problem(response, 503, "database_unavailable")
        assert response.headers["retry-after"]
        health = await http.get("/health")
    assert health.status_code == 503 and health.headers["content-type"] == "application/json"
    assert health.json()["status"] == "down" and "PostgreSQL" in health.json()["database"]["why"][0]
    await engine.dispose()


class Orig(Exception):
    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (DBAPIError("q", {}, Orig("57P01")), True),
        (DBAPIError("q", {}, Orig("08006")), True),
        (DBAPIError("q", {}, Orig("53300")), True),
        (DBAPIError("q", {}, Orig("22021")), False),
        (DBAPIError("q", {}, Orig("42601"), connection_invalidated=True), True),
        (PoolTimeout(), True),
        (asyncpg.CannotConnectNowError("starting"), True),
        (ConnectionRefusedError(), True),
        (ValueError(), False),
    ],
)
def test_which_errors_mean_that_the_database_is_away(error: Exception, away: bool) -> None:
    assert errors.is_database_away(error) is away


CLASS_STATUS = {"NotFound": 404, "Conflict": 409, "Invalid": 422, "Busy": 429}


def reasons_in_the_code() -> Iterator[tuple[str, str, ast.expr]]:
    """Where a reason is given: the place, what is called with it, and the expression of the reason."""
    for path in Path(errors.__file__).parent.rglob("*.py"):
        for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
            name = call.func.id if isinstance(call.func, ast.Name) else ""
            is_super = (
                isinstance(call.func, ast.Attribute) and call.func.attr == "__init__" and path.name == "errors.py"
            )
            if name in {*CLASS_STATUS, "Refused", "problem"} or (is_super and len(call.args) == 2):
                yield f"{path.name}:{call.lineno}", name, call.args[0]


def test_every_reason_in_the_code_stands_in_the_table_and_none_stands_there_for_nothing() -> None:
    used = {reason.value for reason in RefusalReason} | {UNKNOWN, *problems.HTTP_REASONS.values(), "bad_request"}
    for place, name, given in reasons_in_the_code():
        if isinstance(given, ast.Constant) and isinstance(given.value, str):
            assert given.value in REASONS, f"{place}: put {given.value!r} into api/reasons.py"
            assert REASONS[given.value].status == CLASS_STATUS.get(name, REASONS[given.value].status), place
            used.add(given.value)
    assert {reason.value for reason in RefusalReason} <= set(REASONS), (
        "put the engine's new reason into api/reasons.py"
    )
    assert set(REASONS) == used, "nobody gives these any more"


def test_every_reason_says_what_to_do() -> None:
    for reason, (status, advice) in REASONS.items():
        assert re.fullmatch("[a-z_]{3,40}", reason) and 400 <= status < 600
        assert advice.endswith(".") and len(advice) > 15, reason


async def test_the_listener_comes_back_after_its_connection_is_cut(
    office: Office, owner: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.commands.RECONNECT_S", 0.05)
    desk = CommandDesk(office.engine)
    listening = asyncio.create_task(desk.listen())
    with desk.expecting("x") as heard:
        for _ in range(2):
            await _until(owner, heard, lambda: "select pg_notify('tianzhou_command_results', 'x')")
            heard.clear()
            cut = "select pg_terminate_backend(pid) from pg_stat_activity where query like 'LISTEN%'"
            async with owner.connect() as connection:
                await connection.exec_driver_sql(cut)
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening


async def _until(engine: AsyncEngine, event: asyncio.Event, statement: Callable[[], str]) -> None:
    async with asyncio.timeout(5):
        while not event.is_set():
            async with engine.begin() as connection:
                await connection.exec_driver_sql(statement())
            await asyncio.sleep(0.05)


async def test_the_log_holds_no_value_that_was_sent(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    boss = await office.someone(Role.MANAGER)
    await office.http.get(f"{V1}/calls", params={"number": "13812341234"}, headers=boss.headers)
    await office.http.get("/13812341234")
    out = capsys.readouterr().out
    assert "13812341234" not in out and boss.headers["Authorization"][8:] not in out and "action=request" in out
