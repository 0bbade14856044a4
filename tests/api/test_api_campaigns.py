"""Campaigns: make, list, move; every wrong body leaves nothing behind."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from api.auth.roles import Role
from api.campaigns.rules import NEXT, Action, State, after
from api.campaigns.schemas import EXAMPLE
from api.commands import _connect_options
from api.ids import new_id
from dialer.store.tables import campaigns
from tests.api.office import V1, Office, assert_problem

URL = f"{V1}/campaigns"
BODY: dict[str, Any] = dict(EXAMPLE)


async def test_make_get_and_move(office: Office) -> None:
    boss = await office.someone(Role.MANAGER)
    made = await office.http.post(URL, json=BODY, headers=boss.headers)
    assert made.status_code == 201, made.text
    campaign = made.json()
    assert campaign["state"] == "draft" and campaign["zone"] == "Asia/Shanghai"
    assert {name: campaign[name] for name in BODY} == BODY
    assert campaign["created_at"].endswith("Z")
    one = f"{URL}/{campaign['id']}"
    assert (await office.http.get(one, headers=boss.headers)).json() == campaign
    for action, state in [("start", "running"), ("pause", "paused"), ("start", "running"), ("stop", "stopped")]:
        moved = await office.http.post(f"{one}/{action}", headers=boss.headers)
        assert moved.status_code == 200 and moved.json()["state"] == state
    again = await office.http.post(f"{one}/start", headers=boss.headers)
    assert_problem(again, 409, "wrong_transition")
    twice = await office.http.post(URL, json=BODY, headers=boss.headers)
    assert_problem(twice, 409, "name_taken")


async def test_a_move_wakes_the_engines(office: Office) -> None:
    boss = await office.someone(Role.MANAGER)
    campaign = await office.campaign(state="draft")
    heard: asyncio.Queue[str] = asyncio.Queue()
    listener = await asyncpg.connect(**_connect_options(office.engine))
    await listener.add_listener("tianzhou_campaigns", lambda *message: heard.put_nowait(message[3]))
    await office.http.post(f"{URL}/{campaign}/start", headers=boss.headers)
    async with asyncio.timeout(2):
        assert await heard.get() == campaign
    await listener.close()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"colour": "red"}, "body.colour"),
        ({"name": ""}, "body.name"),
        ({"name": "x" * 101}, "body.name"),
        ({"name": "a\0b"}, "body.name"),
        ({"name": None}, "body.name"),
        ({"mode": "predictive"}, "body.mode"),
        ({"ring_s": 14}, "body.ring_s"),
        ({"ring_s": 1e300}, "body.ring_s"),
        ({"max_attempts": 0}, "body.max_attempts"),
        ({"caller_id": "10010,1"}, "body.caller_id"),
        ({"caller_id": "10010\n"}, "body.caller_id"),
        ({"trunk": "a/b"}, "body.trunk"),
        ({"opens_at": "09:00:00+08:00"}, "body.opens_at"),
        ({"opens_at": "21:00:00", "closes_at": "09:00:00"}, "body"),
        ({"script": "x" * 20_001}, "body.script"),
    ],
)
async def test_bad_bodies_change_nothing(office: Office, change: dict[str, Any], field: str) -> None:
    boss = await office.someone(Role.MANAGER)
    response = await office.http.post(URL, json=BODY | change, headers=boss.headers)
    body = assert_problem(response, 422, "invalid_request")
    assert [error["field"] for error in body["errors"]] == [field]
    assert await office.rows(campaigns) == []


async def test_bodies_that_are_no_json_or_too_long(office: Office) -> None:
    boss = await office.someone(Role.MANAGER)
    headers = boss.headers | {"content-type": "application/json"}
    for content in (b"{", b"[]", b"\xff", b'{"name": "\\ud800"}', b"", b"1" * 5000):
        response = await office.http.post(URL, content=content, headers=headers)
        assert response.status_code in (400, 422), content
        assert response.headers["content-type"] == "application/problem+json"
    long = await office.http.post(URL, content=b'"' + b"x" * 70_000 + b'"', headers=headers)
    assert_problem(long, 413, "content_too_large")

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"x" * 10_000

    assert_problem(await office.http.post(URL, content=chunks(), headers=headers), 413, "content_too_large")


async def test_unknown_campaign_and_bad_id(office: Office) -> None:
    boss = await office.someone(Role.MANAGER)
    for method, path in [("GET", ""), ("POST", "/start"), ("POST", "/pause"), ("POST", "/stop")]:
        response = await office.http.request(method, f"{URL}/{new_id()}{path}", headers=boss.headers)
        assert_problem(response, 404, "unknown_campaign")
        response = await office.http.request(method, f"{URL}/not-an-id{path}", headers=boss.headers)
        assert_problem(response, 422, "invalid_request")


async def test_pages_hold_everything_once(office: Office) -> None:
    boss = await office.someone(Role.AGENT)
    made = [await office.campaign() for _ in range(5)]
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(4):
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await office.http.get(URL, params=query, headers=boss.headers)).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == sorted(made, reverse=True) and cursor is None


@pytest.mark.parametrize("cursor", ["x", "!!!!", "AAAA", "A" * 22 + "==", "A" * 21 + "B", "汉", "a" * 64])
async def test_bad_cursors(office: Office, cursor: str) -> None:
    boss = await office.someone(Role.MANAGER)
    response = await office.http.get(URL, params={"cursor": cursor}, headers=boss.headers)
    assert assert_problem(response, 422, "bad_cursor")["errors"][0]["field"] == "query.cursor"


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x"])
async def test_bad_limits(office: Office, limit: str) -> None:
    boss = await office.someone(Role.MANAGER)
    response = await office.http.get(URL, params={"limit": limit}, headers=boss.headers)
    assert_problem(response, 422, "invalid_request")


def test_the_transition_table_is_whole() -> None:
    assert set(NEXT) == set(State)
    moves = [(state, action) for state, action in itertools.product(State, Action) if after(state, action)]
    assert len(moves) == 6 and not NEXT[State.STOPPED]
