"""What is read from rows: sessions, calls; who sees what of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.auth.roles import Role
from api.ids import new_id
from dialer.core.ledger import EntryKind
from dialer.core.numbers import mask
from dialer.store import embedded, ledger
from dialer.store.tables import commands
from tests.api.office import NUMBER, V1, Office, Someone, assert_problem

CALLS = f"{V1}/calls"


async def ids(office: Office, who: Someone, url: str, **query: str) -> list[str]:
    response = await office.http.get(url, params=query, headers=who.headers)
    assert response.status_code == 200, response.text
    return [item["id"] for item in response.json()["items"]]


async def test_my_session_with_the_call_in_hand(office: Office) -> None:
    who = await office.someone(Role.AGENT)
    url = f"{V1}/agents/me/session"
    assert_problem(await office.http.get(url, headers=who.headers), 404, "no_session")
    campaign = await office.campaign()
    call = await office.call(agent_id=who.id, answered_at=datetime.now(UTC))
    session = await office.session(who.id, campaign, state="on_call", attempt_id=call)
    told = (await office.http.get(url, headers=who.headers)).json()
    assert (told["id"], told["state"], told["campaign_id"], told["extension"]) == (
        session,
        "on_call",
        campaign,
        "1001",
    )
    assert told["call"]["id"] == call and told["call"]["number"] == "138****1234"
    assert told["since"].endswith("Z") and told["call"]["answered_at"] and told["call"]["ended_at"] is None
    assert await office.rows(commands) == []


async def test_live_sessions_are_seen_by_those_who_lead(office: Office) -> None:
    boss = await office.someone(Role.SUPERVISOR)
    campaign = await office.campaign()
    people = [await office.someone(Role.AGENT) for _ in range(3)]
    sessions = [await office.session(who.id, campaign) for who in people]
    await office.session(new_id(), campaign, ended_at=datetime.now(UTC))
    assert await ids(office, boss, f"{V1}/agents") == sorted(sessions, reverse=True)
    page = (await office.http.get(f"{V1}/agents", params={"limit": "2"}, headers=boss.headers)).json()
    assert [item["username"] for item in page["items"]] == [people[2].username, people[1].username]
    assert await ids(office, boss, f"{V1}/agents", cursor=page["next"]) == [sessions[0]]


async def test_calls_by_agent_campaign_and_number(office: Office) -> None:
    boss = await office.someone(Role.MANAGER)
    seller = await office.someone(Role.AGENT, username="li.si")
    campaign = new_id()
    mine = await office.call(agent_id=seller.id, campaign_id=campaign)
    other = await office.call(number="+861088881235")
    assert await ids(office, boss, CALLS) == [other, mine]
    for agent in (seller.id, seller.id.upper(), "li.si"):
        assert await ids(office, boss, CALLS, agent=agent) == [mine]
    assert await ids(office, boss, CALLS, agent="nobody") == []  # not: the calls of nobody
    assert await ids(office, boss, CALLS, campaign=campaign) == [mine]
    for number in ("1234", "13812341234", "+86 138-1234-1234"):
        assert await ids(office, boss, CALLS, number=number) == [mine]
    for number in ("123", "１２３４", "abc", "+1", "%", "1' or 1=1"):
        response = await office.http.get(CALLS, params={"number": number}, headers=boss.headers)
        assert assert_problem(response, 422, "malformed_number")["errors"][0]["field"] == "query.number"
    bad: list[dict[str, str]] = [{"number": "\0"}, {"agent": "a\0"}, {"campaign": "x"}, {"agent": ""}]
    for query in bad:
        assert_problem(await office.http.get(CALLS, params=query, headers=boss.headers), 422, "invalid_request")


async def test_an_agent_sees_his_own_calls_only(office: Office) -> None:
    who = await office.someone(Role.AGENT)
    mine, other = await office.call(agent_id=who.id), await office.call(agent_id=new_id())
    assert await ids(office, who, CALLS) == [mine]
    assert await ids(office, who, CALLS, agent=new_id()) == []
    assert (await office.http.get(f"{CALLS}/{mine}", headers=who.headers)).status_code == 200
    assert_problem(await office.http.get(f"{CALLS}/{other}", headers=who.headers), 404, "unknown_call")
    leader = await office.someone(Role.AGENT, Role.TEAM_LEADER)
    assert len(await ids(office, leader, CALLS)) == 2


async def test_a_call_s_timeline(office: Office) -> None:
    boss = await office.someone(Role.AUDITOR)
    start = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
    moments = {
        "opened_at": start,
        "answered_at": start + timedelta(seconds=9),
        "connected_at": start + timedelta(seconds=10),
        "ended_at": start + timedelta(seconds=70),
        "disposed_at": start + timedelta(seconds=75),
    }
    facts: dict[str, Any] = {"dial_result": "answered", "end_reason": "customer", "cause": 16, "tech_cause": 200}
    call = await office.call(**moments, **facts, disposition="sale")
    told = (await office.http.get(f"{CALLS}/{call}", headers=boss.headers)).json()
    assert [step["what"] for step in told["timeline"]] == ["opened", "answered", "connected", "ended", "disposed"]
    assert told["timeline"][0]["at"] == "2026-11-24T03:00:00Z"
    assert {name: told[name] for name in facts} == facts and told["disposition"] == "sale"
    open_call = await office.call(opened_at=start)
    told = (await office.http.get(f"{CALLS}/{open_call}", headers=boss.headers)).json()
    assert [step["what"] for step in told["timeline"]] == ["opened"]
    assert_problem(await office.http.get(f"{CALLS}/{new_id()}", headers=boss.headers), 404, "unknown_call")


def test_a_number_without_its_middle() -> None:
    assert mask(NUMBER) == "138****1234" and mask("+861088881234") == "****1234"
    assert mask("10010") == "****" and mask("") == "****"


@pytest.mark.parametrize("role", [Role.COMPLAINT_HANDLER, Role.DATA_ENTRY_CLERK])
async def test_a_whole_number_is_seen_for_a_reason_and_the_ledger_has_it(office: Office, role: Role) -> None:
    who, call = await office.someone(role), await office.call()
    if role is Role.COMPLAINT_HANDLER:
        assert (await office.http.get(f"{CALLS}/{call}", headers=who.headers)).json()["number"] == "138****1234"
    url = f"{CALLS}/{call}/number"
    assert_problem(await office.http.post(url, json={"why": ""}, headers=who.headers), 422, "invalid_request")
    told = await office.http.post(url, json={"why": "complaint 17"}, headers=who.headers)
    assert told.json() == {"call_id": call, "number": NUMBER}
    async with office.engine.connect() as connection:
        (entry,) = [row.entry async for row in ledger.read_rows(connection)]
    assert (entry.kind, entry.attempt_id) == (EntryKind.NUMBER_REVEALED, call)
    assert (entry.body["user_id"], entry.body["why"]) == (who.id, "complaint 17") and NUMBER not in str(entry.body)
    lost = await office.http.post(f"{CALLS}/{new_id()}/number", json={"why": "x"}, headers=who.headers)
    assert_problem(lost, 404, "unknown_call")


async def test_no_ledger_no_number(office: Office, owner: AsyncEngine) -> None:
    who, call = await office.someone(Role.DATA_ENTRY_CLERK), await office.call()
    async with owner.begin() as connection:
        await connection.execute(text(f"revoke insert on ledger from {embedded.APPLICATION}"))
    try:
        told = await office.http.post(f"{CALLS}/{call}/number", json={"why": "x"}, headers=who.headers)
    finally:
        async with owner.begin() as connection:
            await connection.execute(text(f"grant insert on ledger to {embedded.APPLICATION}"))
    assert_problem(told, 503, "ledger_unavailable")
