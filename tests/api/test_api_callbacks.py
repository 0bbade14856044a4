"""Callbacks over the api: seen by whose they are, moved, handed over, cancelled."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from api.auth.roles import Role
from api.ids import new_id
from dialer.store.selection_tables import callbacks
from dialer.store.tables import events, leads
from tests.api.office import NUMBER, V1, Office, Someone, assert_problem, engine_side

URL = f"{V1}/callbacks"
ALL_DAY = {"preset": "practice", "trunk": "practice", "opens_at": time(0), "closes_at": time(23, 59, 59, 999999)}


async def a_callback(office: Office, agent_id: str | None, in_s: float = 600, **other: Any) -> str:
    campaign = await office.campaign(**ALL_DAY)
    lead, call, due_at = new_id(), await office.call(), datetime.now(UTC) + timedelta(seconds=in_s)
    async with office.engine.begin() as connection:
        row = {"id": lead, "campaign_id": campaign, "number": NUMBER, "name": "李先生", "state": "callback"}
        await connection.execute(insert(leads).values(**row, next_at=due_at))
        values = {"id": call, "lead_id": lead, "campaign_id": campaign, "agent_id": agent_id, "due_at": due_at}
        await connection.execute(insert(callbacks).values(**values, made_at=datetime.now(UTC), **other))
    return call


async def listed(office: Office, who: Someone, **query: str) -> list[str]:
    answer = await office.http.get(URL, params=query, headers=who.headers)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


async def lead_of(office: Office, callback_id: str) -> Any:
    (row,) = [row for row in await office.rows(callbacks) if row.id == callback_id]
    async with office.engine.connect() as connection:
        return (await connection.execute(select(leads).where(leads.c.id == row.lead_id))).one()


async def test_an_agent_sees_his_own_and_the_team_s_a_leader_everybody_s(office: Office) -> None:
    ann, bob = await office.someone(Role.AGENT), await office.someone(Role.AGENT)
    boss = await office.someone(Role.TEAM_LEADER)
    mine, teams = await a_callback(office, ann.id, -60), await a_callback(office, None)
    bobs = await a_callback(office, bob.id)
    assert await listed(office, ann) == [teams, mine]
    assert await listed(office, ann, which="mine") == await listed(office, ann, which="overdue") == [mine]
    assert await listed(office, ann, which="team") == [teams]
    assert await listed(office, bob, which="overdue") == []
    assert await listed(office, boss) == [bobs, teams, mine]
    assert await listed(office, boss, which="overdue") == [mine]
    one = (await office.http.get(URL, params={"which": "mine"}, headers=ann.headers)).json()["items"][0]
    assert (one["number"], one["name"], one["overdue"]) == ("138****1234", "李先生", True)


async def test_a_callback_is_moved_and_its_lead_with_it(office: Office) -> None:
    ann = await office.someone(Role.AGENT)
    mine = await a_callback(office, ann.id, -60, reminded_at=datetime.now(UTC))
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    answer = await office.http.patch(f"{URL}/{mine}", json={"due_at": later.isoformat()}, headers=ann.headers)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["overdue"], body["reminded_at"]) == (False, None)
    assert (await lead_of(office, mine)).next_at == later
    kinds = [row.kind for row in await office.rows(events)]
    assert kinds.count("callback") == 1


@pytest.mark.parametrize("in_s", [-60, 31 * 86_400])
async def test_a_time_at_which_nobody_may_call_is_refused(office: Office, in_s: float) -> None:
    ann = await office.someone(Role.AGENT)
    url = f"{URL}/{await a_callback(office, ann.id)}"
    at = (datetime.now(UTC) + timedelta(seconds=in_s)).isoformat()
    assert_problem(await office.http.patch(url, json={"due_at": at}, headers=ann.headers), 422, "bad_callback_time")


async def test_an_agent_gives_his_own_to_the_team_and_takes_one_of_the_team(office: Office) -> None:
    ann, bob = await office.someone(Role.AGENT), await office.someone(Role.AGENT)
    url = f"{URL}/{await a_callback(office, ann.id)}"
    assert_problem(
        await office.http.patch(url, json={"agent_id": None}, headers=bob.headers), 404, "unknown_callback"
    )
    assert_problem(await office.http.patch(url, json={"agent_id": bob.id}, headers=ann.headers), 403, "forbidden")
    given = await office.http.patch(url, json={"agent_id": None}, headers=ann.headers)
    assert (given.json()["agent_id"], given.json()["handed_over_from"]) == (None, ann.id)
    taken = await office.http.patch(url, json={"agent_id": bob.id}, headers=bob.headers)
    assert taken.json()["agent_id"] == bob.id


async def test_a_leader_hands_over_to_anybody_who_is_there(office: Office) -> None:
    ann, bob = await office.someone(Role.AGENT), await office.someone(Role.AGENT)
    boss = await office.someone(Role.TEAM_LEADER)
    url = f"{URL}/{await a_callback(office, ann.id)}"
    handed = await office.http.patch(url, json={"agent_id": bob.id}, headers=boss.headers)
    assert handed.json()["agent_id"] == bob.id
    nobody = await office.http.patch(url, json={"agent_id": new_id()}, headers=boss.headers)
    assert_problem(nobody, 404, "unknown_user")


async def test_a_cancelled_callback_is_never_made(office: Office) -> None:
    ann = await office.someone(Role.AGENT)
    mine = await a_callback(office, ann.id)
    cancelled = await office.http.patch(f"{URL}/{mine}", json={"state": "cancelled"}, headers=ann.headers)
    assert cancelled.json()["state"] == "cancelled"
    assert ((await lead_of(office, mine)).state, await listed(office, ann)) == ("done", [])
    assert await listed(office, ann, state="cancelled") == [mine]
    again = await office.http.patch(f"{URL}/{mine}", json={"note": "x"}, headers=ann.headers)
    assert_problem(again, 409, "callback_ended")


async def test_a_callback_is_promised_with_the_disposition(office: Office) -> None:
    ann = await office.someone(Role.AGENT)
    call = await office.call(agent_id=ann.id)
    said = {"disposition": "callback", "callback_at": "2026-12-01T10:30:00+08:00", "own": False, "note": "资费"}
    async with engine_side(office, {"call.disposition": ("done", {})}) as side:
        answer = await office.http.post(f"{V1}/calls/{call}/disposition", json=said, headers=ann.headers)
    assert answer.status_code == 204, answer.text
    assert side.seen == [("call.disposition", said | {"agent_id": ann.id, "call_id": call})]
