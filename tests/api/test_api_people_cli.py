"""`tianzhou user list` and `user password` on a real database."""

import asyncio
import json
from typing import Any

import pytest
from typer.testing import CliRunner

from api.auth.roles import Role
from api.auth.tables import auth_sessions, login_tries
from api.cli.errors import CliError
from api.cli.main import app
from dialer.settings import Settings
from tests.api.office import V1, Office, assert_problem
from tests.conftest import Postgres

pytestmark = pytest.mark.usefixtures("the_same_database")


@pytest.fixture
def the_same_database(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.cli.main.settings", lambda: Settings(database_url=postgres.url))


async def tianzhou(*words: str) -> Any:
    """What the command printed, as JSON; it runs in a thread, for it makes a loop of its own."""
    done = await asyncio.to_thread(CliRunner().invoke, app, [*words, "--json"])
    if done.exception is not None:
        raise done.exception
    return json.loads(done.output)


async def test_everybody_is_listed(office: Office) -> None:
    await office.someone(Role.AGENT, Role.AUDITOR, username="li.si", extension="1001")
    await office.someone(Role.MANAGER, username="boss")
    told = await tianzhou("user", "list")
    assert [account["username"] for account in told] == ["boss", "li.si"]
    assert told[1]["roles"] == ["agent", "auditor"] and told[1]["extension"] == "1001" and told[1]["active"]
    plain = await asyncio.to_thread(CliRunner().invoke, app, ["user", "list"])
    assert "li.si" in plain.output and "agent, auditor, phone 1001" in plain.output


async def test_a_new_password_ends_sessions_and_lock_out(office: Office) -> None:
    who = await office.someone(Role.AGENT, username="li.si")
    form = {"username": "li.si", "password": "wrong"}
    for _ in range(6):
        response = await office.http.post(f"{V1}/auth/token", data=form)
    assert_problem(response, 429, "locked_out")
    told = await tianzhou("user", "password", "li.si")
    assert_problem(await office.http.get(f"{V1}/auth/me", headers=who.headers), 401, "unauthenticated")
    assert await office.rows(auth_sessions) == [] and len(await office.rows(login_tries)) == 1  # the address's
    response = await office.http.post(f"{V1}/auth/token", data=form | {"password": told["password"]})
    assert response.status_code == 200


async def test_nobody_of_that_name(office: Office) -> None:
    with pytest.raises(CliError, match="user list"):
        await tianzhou("user", "password", "nobody")
    assert await tianzhou("user", "list") == []
