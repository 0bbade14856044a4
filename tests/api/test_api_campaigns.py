"""Campaigns: make, list, move; every wrong body leaves nothing behind."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.auth.roles import Role
from api.campaigns.rules import NEXT, Action, State, after
from api.campaigns.schemas import EXAMPLE
from api.ids import new_id
from dialer.store.tables import campaigns
from tests.api.office import V1, Office, assert_problem, heard_by_engines

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
    for action, state in [("start", "running"), ("pause", "paused"), ("start", "running"), ("stop", "draining")]:
        moved = await office.http.post(f"{one}/{action}", headers=boss.headers)
        assert moved.status_code == 200 and moved.json()["state"] == state
    cut = await office.http.post(f"{one}/stop", json={"how": "cut"}, headers=boss.headers)
    assert cut.json()["state"] == "stopped"
    again = await office.http.post(f"{one}/start", headers=boss.headers)
    assert_problem(again, 409, "wrong_transition")
    twice = await office.http.post(URL, json=BODY, headers=boss.headers)
    assert_problem(twice, 409, "name_taken")


async def test_a_move_wakes_the_engines(office: Office) -> None:
    boss = await office.someone(Role.MANAGER)
    campaign = await office.campaign(state="draft")
    async with heard_by_engines(office) as heard:
        await office.http.post(f"{URL}/{campaign}/start", headers=boss.headers)
        async with asyncio.timeout(2):
            assert await heard.get() == campaign


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"colour": "red"}, "body.colour"),
        ({"name": ""}, "body.name"),
        ({"name": "x" * 101}, "body.name"),
        ({"name": "a\0b"}, "body.name"),
        ({"name": None}, "body.name"),
        ({"mode": "preview"}, "body.mode"),
        ({"fresh_pct": 101}, "body.fresh_pct"),
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
    assert len(moves) == 11 and not NEXT[State.STOPPED]


def test_what_drains_is_stopped_by_the_engine_or_cut_by_a_person() -> None:
    assert NEXT[State.DRAINING] == {Action.DRAINED: State.STOPPED, Action.CUT: State.STOPPED}
    assert [state for state in State if Action.DRAINED in NEXT[state]] == [State.DRAINING]


async def test_nobody_orders_the_engine_s_step_or_stops_twice(office: Office) -> None:
    boss = await office.someone(Role.MANAGER)
    one = f"{URL}/{await office.campaign(state='running')}"
    for how in ("drained", "start", "", None):
        response = await office.http.post(f"{one}/stop", json={"how": how}, headers=boss.headers)
        assert_problem(response, 422, "invalid_request")
    assert (await office.http.post(f"{one}/stop", json={}, headers=boss.headers)).json()["state"] == "draining"
    assert_problem(await office.http.post(f"{one}/stop", headers=boss.headers), 409, "wrong_transition")
    draft = f"{URL}/{await office.campaign(state='draft')}"
    assert (await office.http.post(f"{draft}/stop", headers=boss.headers)).json()["state"] == "stopped"


CHANGE: dict[str, Any] = {
    "name": "秋季",
    "script": "您好",
    "caller_id": "10011",
    "opens_at": "08:00:00",
    "closes_at": "20:30:00",
    "ring_s": 20,
    "wrap_up_s": 15,
    "max_attempts": 2,
    "retry_after_s": 600,
    "priority": 90,
    "closing_margin_s": 0,
    "disposition_required": False,
}


async def test_a_change_changes_what_is_sent_and_nothing_else_and_wakes_the_engines(office: Office) -> None:
    boss = await office.someone(Role.SUPERVISOR)
    campaign = (await office.http.post(URL, json=BODY, headers=boss.headers)).json()
    one = f"{URL}/{campaign['id']}"
    for name, value in CHANGE.items():
        changed = await office.http.patch(one, json={name: value}, headers=boss.headers)
        campaign |= {name: value}
        assert (changed.status_code, changed.json()) == (200, campaign), name
    assert (await office.http.patch(one, json={}, headers=boss.headers)).json() == campaign
    assert (await office.http.get(one, headers=boss.headers)).json() == campaign
    async with heard_by_engines(office) as heard:
        await office.http.patch(one, json=CHANGE, headers=boss.headers)
        async with asyncio.timeout(2):
            assert await heard.get() == campaign["id"]


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        ({"trunk": "other"}, 422, "invalid_request"),
        ({"mode": "manual"}, 422, "invalid_request"),
        ({"state": "running"}, 422, "invalid_request"),
        ({"name": None}, 422, "invalid_request"),
        ({"priority": 101}, 422, "invalid_request"),
        ({"priority": -1}, 422, "invalid_request"),
        ({"closing_margin_s": 3601}, 422, "invalid_request"),
        ({"ring_s": 14}, 422, "invalid_request"),
        ({"disposition_required": "maybe"}, 422, "invalid_request"),
        ({"closes_at": "09:00:00"}, 422, "bad_hours"),
        ({"opens_at": "21:00:00"}, 422, "bad_hours"),
        ({"name": "taken"}, 409, "name_taken"),
    ],
)
async def test_a_change_that_cannot_be_changes_nothing(
    office: Office, change: dict[str, Any], status: int, reason: str
) -> None:
    boss = await office.someone(Role.MANAGER)
    await office.campaign(name="taken")
    one = f"{URL}/{await office.campaign()}"
    before = (await office.http.get(one, headers=boss.headers)).json()
    assert_problem(await office.http.patch(one, json={"ring_s": 40} | change, headers=boss.headers), status, reason)
    assert (await office.http.get(one, headers=boss.headers)).json() == before


async def test_a_stopped_campaign_is_not_changed_and_an_unknown_one_neither(office: Office) -> None:
    boss = await office.someone(Role.MANAGER)
    stopped = await office.campaign(state="stopped")
    response = await office.http.patch(f"{URL}/{stopped}", json={"priority": 1}, headers=boss.headers)
    assert_problem(response, 409, "campaign_stopped")
    response = await office.http.patch(f"{URL}/{new_id()}", json={"priority": 1}, headers=boss.headers)
    assert_problem(response, 404, "unknown_campaign")
