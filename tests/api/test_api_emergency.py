"""The emergency stop over HTTP: ordered, seen by all, made stricter, lifted; every order kept."""

import asyncio

import pytest

from api.auth.roles import Role
from dialer.store.tables import emergency_stops, events
from tests.api.office import V1, Office, assert_problem, heard_by_engines

URL = f"{V1}/emergency-stop"
NOTHING = {"active": False, "how": None, "reason": None, "by": None, "at": None}


async def test_ordered_seen_and_lifted(office: Office) -> None:
    boss = await office.someone(Role.SUPERVISOR, username="zhang.san")
    anybody = await office.someone(Role.STATISTICIAN)
    assert (await office.http.get(URL, headers=anybody.headers)).json() == NOTHING
    async with heard_by_engines(office) as heard:
        ordered = await office.http.post(URL, json={"reason": "投诉激增"}, headers=boss.headers)
        async with asyncio.timeout(2):
            assert await heard.get() == ""
        told = ordered.json()
        assert ordered.status_code == 200 and told["at"].endswith("Z")
        assert told | {"at": None} == NOTHING | {
            "active": True,
            "how": "cut",
            "reason": "投诉激增",
            "by": "zhang.san",
        }
        assert (await office.http.get(URL, headers=anybody.headers)).json() == told
        lifted = await office.http.delete(URL, headers=boss.headers)
        async with asyncio.timeout(2):
            assert await heard.get() == ""
    assert (lifted.status_code, lifted.json()) == (200, NOTHING)
    (row,) = await office.rows(emergency_stops)
    assert row.stopped_by == row.lifted_by == boss.id and row.lifted_at > row.at
    changes = [row.body for row in await office.rows(events) if row.kind == "emergency_stop"]
    assert [body["active"] for body in changes] == [True, False]


async def test_a_drain_becomes_a_cut_and_both_orders_are_kept(office: Office) -> None:
    boss = await office.someone(Role.MANAGER)
    for how in ("drain", "cut"):
        told = await office.http.post(URL, json={"reason": "x", "how": how}, headers=boss.headers)
        assert told.json()["how"] == how
    rows = await office.rows(emergency_stops)
    assert [row.how for row in rows if row.lifted_at is None] == ["cut"] and len(rows) == 2


async def test_many_orders_at_once_are_all_taken_and_one_holds(office: Office) -> None:
    boss = await office.someone(Role.MANAGER)
    orders = (office.http.post(URL, json={"reason": str(n)}, headers=boss.headers) for n in range(8))
    assert {response.status_code for response in await asyncio.gather(*orders)} == {200}
    rows = await office.rows(emergency_stops)
    assert len(rows) == 8 and [row.lifted_at for row in rows].count(None) == 1


async def test_lifting_nothing_changes_nothing(office: Office) -> None:
    boss = await office.someone(Role.MANAGER)
    assert (await office.http.delete(URL, headers=boss.headers)).json() == NOTHING
    assert await office.rows(emergency_stops) == [] and await office.rows(events) == []


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "x", "how": "now"}, {"reason": "x", "by": "me"}])
async def test_bad_bodies_stop_nothing(office: Office, body: dict[str, str]) -> None:
    boss = await office.someone(Role.MANAGER)
    assert_problem(await office.http.post(URL, json=body, headers=boss.headers), 422, "invalid_request")
    assert await office.rows(emergency_stops) == []
