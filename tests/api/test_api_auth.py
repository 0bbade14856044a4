"""Login, logout, accounts."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, update

from api.auth.accounts import AccountReason, AccountRefused, create_user, set_password
from api.auth.roles import Role
from api.auth.tables import auth_sessions, users
from dialer.store.tables import phones
from tests.api.office import V1, Office, assert_problem

PASSWORD = "correct horse battery"
TOKEN = f"{V1}/auth/token"


async def make(office: Office, username: str = "zhang.san", extension: str | None = None) -> str:
    async with office.engine.begin() as connection:
        return await create_user(connection, username, "张三", PASSWORD, [Role.AGENT, Role.AUDITOR], extension)


async def test_login_me_logout(office: Office) -> None:
    user_id = await make(office)
    response = await office.http.post(TOKEN, data={"username": "zhang.san", "password": PASSWORD})
    assert response.status_code == 200 and response.headers["cache-control"] == "no-store"
    token = response.json()
    assert token["token_type"] == "bearer" and set(token) == {"access_token", "token_type", "expires_at"}
    left = datetime.fromisoformat(token["expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=11, minutes=59) < left <= timedelta(hours=12)
    stored = (await office.rows(auth_sessions))[0]
    assert stored.token_hash == hashlib.sha256(token["access_token"].encode()).digest()

    headers = {"Authorization": f"Bearer {token['access_token']}"}
    me = (await office.http.get(f"{V1}/auth/me", headers=headers)).json()
    assert me == {
        "id": user_id,
        "username": "zhang.san",
        "name": "张三",
        "roles": ["agent", "auditor"],
        "extension": None,
        "zone": "Asia/Shanghai",
        "csrf_token": None,
    }
    assert (await office.http.delete(TOKEN, headers=headers)).status_code == 204
    assert_problem(await office.http.get(f"{V1}/auth/me", headers=headers), 401, "unauthenticated")


async def test_wrong_password_unknown_user_and_closed_account_look_the_same(office: Office) -> None:
    await make(office)
    await make(office, "closed")
    async with office.engine.begin() as connection:
        await connection.execute(update(users).where(users.c.username == "closed").values(active=False))
    answers = []
    for username, password in [("zhang.san", "wrong"), ("nobody", PASSWORD), ("closed", PASSWORD), ("a\0b", "x")]:
        response = await office.http.post(TOKEN, data={"username": username, "password": password})
        answers.append(assert_problem(response, 401, "unauthenticated"))
    assert all(answer == answers[0] for answer in answers)
    assert await office.rows(auth_sessions) == []


async def test_an_account_without_a_password_lets_nobody_in(office: Office) -> None:
    who = await office.someone(Role.AGENT)
    response = await office.http.post(TOKEN, data={"username": who.username, "password": "-"})
    assert_problem(response, 401, "unauthenticated")


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"username": "x"},
        {"username": "x" * 65, "password": "y"},
        {"username": "x", "password": "y" * 257},
        {"username": "x", "password": "y", "grant_type": "client_credentials"},
    ],
)
async def test_bad_login_forms(office: Office, form: dict[str, str]) -> None:
    body = assert_problem(await office.http.post(TOKEN, data=form), 422, "invalid_request")
    assert body["errors"] and all(error["field"].startswith("body.") for error in body["errors"])
    assert "y" * 20 not in str(body)


async def test_login_with_bytes_that_are_no_text(office: Office) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    response = await office.http.post(TOKEN, content=b"username=%ff&password=%fe%00", headers=form)
    assert response.status_code in (400, 401, 422)


async def test_accounts_are_refused_with_a_reason(office: Office) -> None:
    async with office.engine.begin() as connection:
        await connection.execute(insert(phones).values(extension="1001", secret="s"))
    await make(office, "first", "1001")
    roles = [Role.AGENT]
    cases = [
        (("first", PASSWORD, roles, None), AccountReason.USERNAME_TAKEN),
        (("second", PASSWORD, roles, "1001"), AccountReason.EXTENSION_TAKEN),
        (("second", PASSWORD, roles, "1999"), AccountReason.UNKNOWN_EXTENSION),
        (("Second One", PASSWORD, roles, None), AccountReason.BAD_USERNAME),
        (("second", "short", roles, None), AccountReason.BAD_PASSWORD),
        (("second", PASSWORD, [], None), AccountReason.NO_ROLE),
    ]
    for (username, password, wanted, extension), reason in cases:
        async with office.engine.begin() as connection:
            with pytest.raises(AccountRefused) as refusal:
                await create_user(connection, username, "n", password, wanted, extension)
        assert refusal.value.reason is reason and str(refusal.value)
    assert len(await office.rows(users)) == 1


async def test_a_new_password_ends_all_sessions(office: Office) -> None:
    user_id = await make(office)
    await office.http.post(TOKEN, data={"username": "zhang.san", "password": PASSWORD})
    async with office.engine.begin() as connection:
        await set_password(connection, user_id, "another password")
        with pytest.raises(AccountRefused):
            await set_password(connection, user_id, "short")
    assert await office.rows(auth_sessions) == []
    response = await office.http.post(TOKEN, data={"username": "zhang.san", "password": "another password"})
    assert response.status_code == 200
