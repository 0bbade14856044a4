"""Pages while others write: what was there at the first page is given once, neither lost nor doubled."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import delete, update

from api.auth.roles import Role
from api.auth.sessions import issue
from api.auth.tables import auth_sessions
from dialer.store.tables import agent_sessions, attempts
from tests.api.office import V1, Office, Someone, assert_problem


@dataclass(frozen=True)
class List:
    """A list of the api and how something gets into it; returns the id that the list shows."""

    url: str
    add: Callable[[Office, Someone], Awaitable[str]]


async def add_call(office: Office, _boss: Someone) -> str:
    return await office.call()


async def add_recording(office: Office, _boss: Someone) -> str:
    return await office.recording()


async def add_campaign(office: Office, _boss: Someone) -> str:
    return await office.campaign()


async def add_agent(office: Office, _boss: Someone) -> str:
    who = await office.someone(Role.AGENT)
    return await office.session(who.id, await office.campaign())


async def add_user(office: Office, _boss: Someone) -> str:
    return (await office.someone(Role.AGENT)).id


async def add_login(office: Office, boss: Someone) -> str:
    async with office.engine.begin() as connection:
        await issue(connection, boss.id)
    return str(max(row.id for row in await office.rows(auth_sessions)))


LISTS = {
    "calls": List(f"{V1}/calls", add_call),
    "recordings": List(f"{V1}/recordings", add_recording),
    "campaigns": List(f"{V1}/campaigns", add_campaign),
    "agents": List(f"{V1}/agents", add_agent),
    "users": List(f"{V1}/users", add_user),
    "logins": List(f"{V1}/auth/sessions", add_login),
}


async def page(office: Office, boss: Someone, url: str, cursor: str | None) -> tuple[list[str], str | None]:
    query = {"limit": "3"} | ({"cursor": cursor} if cursor else {})
    response = await office.http.get(url, params=query, headers=boss.headers)
    assert response.status_code == 200, response.text
    told = response.json()
    return [item["id"] for item in told["items"]], told["next"]


@pytest.mark.parametrize("name", LISTS)
async def test_writes_between_pages_lose_and_double_nothing(office: Office, name: str) -> None:
    boss = await office.someone(Role.MANAGER)
    some = LISTS[name]
    there = [await some.add(office, boss) for _ in range(10)]
    seen, cursor = await page(office, boss, some.url, None)
    assert seen == there[:-4:-1]  # newest first
    while cursor is not None:
        for _ in range(4):  # more than a page of it, each time
            await some.add(office, boss)
        found, cursor = await page(office, boss, some.url, cursor)
        seen += found
    assert len(seen) == len(set(seen))
    assert [item for item in seen if item in there] == there[::-1]
    newest, _ = await page(office, boss, some.url, None)
    assert not set(newest) & set(there)


async def test_a_page_goes_on_where_its_last_row_is_gone(office: Office) -> None:
    boss = await office.someone(Role.MANAGER)
    there = [await add_agent(office, boss) for _ in range(7)]
    seen, cursor = await page(office, boss, f"{V1}/agents", None)
    async with office.engine.begin() as connection:
        await connection.execute(delete(agent_sessions).where(agent_sessions.c.id == seen[-1]))
    while cursor is not None:
        found, cursor = await page(office, boss, f"{V1}/agents", cursor)
        seen += found
    assert seen == there[::-1]


async def test_a_row_that_changes_stays_where_it_is(office: Office) -> None:
    boss = await office.someone(Role.MANAGER)
    there = [await office.call() for _ in range(6)]
    seen, cursor = await page(office, boss, f"{V1}/calls", None)
    async with office.engine.begin() as connection:
        await connection.execute(update(attempts).values(dial_result="busy"))
    found, cursor = await page(office, boss, f"{V1}/calls", cursor)
    assert seen + found == there[::-1] and cursor is None


@pytest.mark.parametrize("url", [some.url for some in LISTS.values()])
@pytest.mark.parametrize(
    "cursor", ["x", "====", "AZ4vbA0celKaPltfXA56EQ==", "AZ4vbA0celKaPltfXA56ER", "é" * 11, "a" * 64]
)
async def test_a_cursor_that_is_not_ours_is_refused(office: Office, url: str, cursor: str) -> None:
    boss = await office.someone(Role.MANAGER)
    response = await office.http.get(url, params={"cursor": cursor}, headers=boss.headers)
    assert assert_problem(response, 422, "bad_cursor")["errors"][0]["field"] == "query.cursor"


async def test_past_the_end_there_is_nothing(office: Office) -> None:
    boss = await office.someone(Role.MANAGER)
    await office.campaign()
    found, cursor = await page(office, boss, f"{V1}/campaigns", "AAAAAAAAAAAAAAAAAAAAAA")
    assert (found, cursor) == ([], None)
