"""A browser's login: the cookie, its CSRF token, one's own sessions, and who may end another's."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from api.access import COOKIE
from api.auth.accounts import create_user
from api.auth.roles import Role
from api.auth.rules import csrf_token, is_cross_site
from api.auth.sessions import IDLE
from api.auth.tables import auth_sessions, users
from api.ids import new_id
from tests.api.office import V1, Office, assert_problem

PASSWORD = "correct horse battery"
LOGIN, TOKEN, ME, SESSIONS = f"{V1}/auth/login", f"{V1}/auth/token", f"{V1}/auth/me", f"{V1}/auth/sessions"


async def person(office: Office, *roles: Role, username: str = "zhang.san") -> str:
    async with office.engine.begin() as connection:
        return await create_user(connection, username, "张三", PASSWORD, roles or [Role.MANAGER], None)


async def log_in(office: Office, username: str = "zhang.san", **other: Any) -> httpx.Response:
    return await office.http.post(LOGIN, json={"username": username, "password": PASSWORD}, **other)


async def test_a_browser_logs_in_works_and_logs_out(office: Office) -> None:
    user_id = await person(office)
    response = await log_in(office)
    assert response.status_code == 200 and set(response.json()) == {"user", "csrf_token", "expires_at"}
    assert response.json()["user"]["id"] == user_id and response.json()["user"]["roles"] == ["manager"]
    cookie = response.headers["set-cookie"]
    for word in ("HttpOnly", "SameSite=strict", "Path=/"):
        assert word in cookie
    assert "Secure" not in cookie and office.http.cookies[COOKIE] not in response.text
    csrf = {"X-CSRF-Token": response.json()["csrf_token"]}

    me = (await office.http.get(ME)).json()
    assert me["username"] == "zhang.san" and me["csrf_token"] == csrf["X-CSRF-Token"]
    assert (await office.http.get(f"{V1}/campaigns")).status_code == 200
    url = f"{V1}/campaigns/{new_id()}/start"
    assert_problem(await office.http.post(url), 403, "csrf")
    assert_problem(await office.http.post(url, headers={"X-CSRF-Token": "0" * 64}), 403, "csrf")
    assert_problem(await office.http.post(url, headers=csrf), 404, "unknown_campaign")
    assert_problem(await office.http.post(url, headers={"Authorization": "Bearer x", **csrf}), 401, "unauthenticated")

    assert_problem(await office.http.delete(TOKEN), 403, "csrf")
    gone = await office.http.delete(TOKEN, headers=csrf)
    assert gone.status_code == 204 and COOKIE not in office.http.cookies
    assert_problem(await office.http.get(ME), 401, "unauthenticated")


async def test_the_cookie_is_secure_behind_https(office: Office) -> None:
    await person(office)
    response = await office.http.post(f"https://test{LOGIN}", json={"username": "zhang.san", "password": PASSWORD})
    assert "Secure" in response.headers["set-cookie"]


async def test_another_site_s_page_does_nothing_here(office: Office) -> None:
    await person(office)
    assert_problem(await log_in(office, headers={"Sec-Fetch-Site": "cross-site"}), 403, "csrf")
    assert_problem(await log_in(office, headers={"Origin": "https://evil.example"}), 403, "csrf")
    assert await office.rows(auth_sessions) == []
    response = await log_in(office, headers={"Sec-Fetch-Site": "same-origin", "Origin": "http://proxied.example"})
    csrf = {"X-CSRF-Token": response.json()["csrf_token"]}
    url = f"{V1}/campaigns/{new_id()}/start"
    for lie in ({"Sec-Fetch-Site": "same-site"}, {"Origin": "null"}, {"Origin": "http://test:99"}):
        assert_problem(await office.http.post(url, headers={**csrf, **lie}), 403, "csrf")
    for truth in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://test"}):
        assert_problem(await office.http.post(url, headers={**csrf, **truth}), 404, "unknown_campaign")


@pytest.mark.parametrize("origin", ["http://[", "", "null", "//", "http://test.evil"])
def test_an_origin_that_is_not_ours_is_another_site(origin: str) -> None:
    assert is_cross_site(None, origin, "test") is True


def test_the_csrf_token_belongs_to_one_session() -> None:
    assert csrf_token("a") != csrf_token("b") and len(csrf_token("a")) == 64


@pytest.mark.parametrize(
    "body",
    [{}, {"username": "x"}, {"username": "x", "password": "y" * 257}, {"username": "x", "password": "y", "z": 1}],
)
async def test_bad_logins_of_a_browser(office: Office, body: dict[str, Any]) -> None:
    told = assert_problem(await office.http.post(LOGIN, json=body), 422, "invalid_request")
    assert "y" * 20 not in str(told)


async def test_own_sessions_are_seen_and_ended(office: Office) -> None:
    await person(office)
    other = await office.someone(Role.MANAGER)
    theirs = (await office.http.get(SESSIONS, headers=other.headers)).json()["items"][0]["id"]
    await log_in(office, headers={"User-Agent": b"Old\x80Browser" + b"x" * 300})
    office.http.cookies.clear()
    csrf = {"X-CSRF-Token": (await log_in(office, headers={"User-Agent": "New"})).json()["csrf_token"]}
    told = (await office.http.get(SESSIONS)).json()
    new, old = told["items"]
    assert told["next"] is None and (new["current"], old["current"]) == (True, False)
    assert new["agent"] == "New" and old["agent"].startswith("Old") and len(old["agent"]) == 200
    assert new["address"] == "127.0.0.1" and new["expires_at"] > new["last_seen_at"] >= new["created_at"]
    page = (await office.http.get(SESSIONS, params={"limit": 1})).json()
    rest = (await office.http.get(SESSIONS, params={"cursor": page["next"]})).json()
    assert [page["items"][0]["id"], rest["items"][0]["id"]] == [new["id"], old["id"]]

    for unknown in (new_id(), theirs):
        assert_problem(await office.http.delete(f"{SESSIONS}/{unknown}", headers=csrf), 404, "unknown_session")
    assert (await office.http.delete(f"{SESSIONS}/{old['id']}", headers=csrf)).status_code == 204
    assert_problem(await office.http.delete(f"{SESSIONS}/{old['id']}", headers=csrf), 404, "unknown_session")
    assert [item["id"] for item in (await office.http.get(SESSIONS)).json()["items"]] == [new["id"]]
    assert (await office.http.get(ME, headers=other.headers)).status_code == 200


async def test_a_session_not_used_for_a_while_is_over(office: Office) -> None:
    who = await office.someone(Role.AGENT)

    async def last_seen(ago: timedelta) -> None:
        async with office.engine.begin() as connection:
            await connection.execute(update(auth_sessions).values(last_seen_at=datetime.now(UTC) - ago))

    async def seen_ago() -> timedelta:
        last: datetime = (await office.rows(auth_sessions))[0].last_seen_at
        return datetime.now(UTC) - last

    await last_seen(timedelta(seconds=30))
    assert (await office.http.get(ME, headers=who.headers)).status_code == 200
    assert await seen_ago() > timedelta(seconds=29)  # written at most once a minute
    await last_seen(IDLE - timedelta(seconds=30))
    assert (await office.http.get(ME, headers=who.headers)).status_code == 200
    assert await seen_ago() < timedelta(seconds=10)  # used: it goes on for another while
    await last_seen(IDLE)
    assert_problem(await office.http.get(ME, headers=who.headers), 401, "unauthenticated")


async def test_a_login_clears_away_sessions_that_ended_long_ago(office: Office) -> None:
    await person(office)
    for age in (timedelta(days=2), timedelta(hours=1)):
        await log_in(office)
        newest = max(row.id for row in await office.rows(auth_sessions))
        async with office.engine.begin() as connection:
            mine = auth_sessions.c.id == newest
            ended = datetime.now(UTC) - age
            await connection.execute(update(auth_sessions).where(mine).values(expires_at=ended))
    await log_in(office)
    assert len(await office.rows(auth_sessions)) == 2


async def test_the_manager_sees_everybody_and_logs_a_person_out_everywhere(office: Office) -> None:
    boss = await office.someone(Role.SYSTEM_ADMINISTRATOR)
    who = await office.someone(Role.AGENT, Role.AUDITOR, extension="1001")
    async with office.engine.begin() as connection:
        closed = await office.someone(Role.AGENT)
        await connection.execute(update(users).where(users.c.id == closed.id).values(active=False))
    told = (await office.http.get(f"{V1}/users", headers=boss.headers)).json()["items"]
    assert [user["id"] for user in told] == [closed.id, who.id, boss.id]
    assert [user["active"] for user in told] == [False, True, True]
    assert told[1]["roles"] == ["agent", "auditor"] and told[1]["extension"] == "1001"
    assert told[1]["sessions"] == 1 and told[1]["last_seen_at"] and "password" not in str(told)

    ended = await office.http.delete(f"{V1}/users/{who.id}/sessions", headers=boss.headers)
    assert ended.status_code == 204
    assert_problem(await office.http.get(ME, headers=who.headers), 401, "unauthenticated")
    assert (await office.http.get(ME, headers=boss.headers)).status_code == 200
    told = (await office.http.get(f"{V1}/users", headers=boss.headers)).json()["items"]
    assert told[1]["sessions"] == 0 and told[1]["last_seen_at"] is None
    unknown = await office.http.delete(f"{V1}/users/{new_id()}/sessions", headers=boss.headers)
    assert_problem(unknown, 404, "unknown_user")
