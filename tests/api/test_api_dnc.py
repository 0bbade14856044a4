"""The do-not-call list: who enters what, what holds at the next claim, and who lets go of it."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.auth.roles import Role
from api.dnc.rules import canonical_prefix
from api.ids import new_id
from dialer.core.errors import StoreAway
from dialer.core.ids import AttemptId, CampaignId
from dialer.core.ledger import EntryKind
from dialer.core.records import OptedOut
from dialer.store.database import make_engine
from dialer.store.postgres import PostgresStore
from tests.api.number_desk import Desk
from tests.api.office import V1, Office, assert_problem
from tests.api.test_api_retention import witnessed
from tests.conftest import Postgres
from tests.unit.core.build import ANY

WHY = {"reason": "客户投诉 118"}
NUMBER = "139 0000 0001"  # the desk's first


async def held_back(desk: Desk) -> bool:
    """Whether the dialer finds the number on the list when it claims it."""
    lease = await desk.store.acquire("node-1", new_id(), 60, lambda _: True)
    assert lease is not None
    lead = await desk.store.claim_number(lease, CampaignId(desk.campaign), "+8613900000001")
    assert lead is not None
    later = await desk.store.acquire("node-1", new_id(), 60, lambda _: True)
    assert later is not None
    await desk.store.release_claims(later)
    return lead.facts.on_dnc


async def test_what_a_leader_enters_is_not_called_and_a_manager_takes_it_back_on_another_s_wish(
    office: Office,
) -> None:
    desk = await Desk(office).open(numbers=1)
    boss, other = await office.someone(Role.MANAGER), await office.someone(Role.MANAGER)
    assert not await held_back(desk)
    entry = await desk.ask(desk.leader, "POST", "/dnc", {"number": NUMBER} | WHY, 201)
    assert (entry["number"], entry["scope"], entry["asked"]) == ("139****0001", "centre", True)
    assert await held_back(desk)
    assert_problem(await desk.ask(desk.leader, "POST", "/dnc", {"number": NUMBER} | WHY, None), 409, "listed_already")
    for typed in (NUMBER, "0001"):
        assert (await desk.ask(desk.leader, "GET", f"/dnc?number={typed}"))["items"] == [entry]
    assert (await desk.ask(desk.leader, "GET", "/dnc?number=0002"))["items"] == []

    wish = await desk.ask(boss, "POST", f"/dnc/{entry['id']}/withdrawals", WHY, 201)
    assert wish["decision"] is None and await held_back(desk)
    again = await desk.ask(other, "POST", f"/dnc/{entry['id']}/withdrawals", WHY, None)
    assert_problem(again, 409, "withdrawal_open")
    approve = f"/dnc/withdrawals/{wish['id']}/approve"
    assert_problem(await desk.ask(boss, "POST", approve, None, None), 409, "own_order")
    assert [each["id"] for each in (await desk.ask(other, "GET", "/dnc/withdrawals?open=true"))["items"]] == [
        wish["id"]
    ]
    done = await desk.ask(other, "POST", approve)
    assert (done["decision"], done["decided_by"]) == ("approved", other.id)
    assert not await held_back(desk)
    assert_problem(await desk.ask(other, "POST", approve, None, None), 409, "already_decided")
    gone = await desk.ask(boss, "POST", f"/dnc/{entry['id']}/withdrawals", WHY, None)
    assert_problem(gone, 409, "withdrawn_already")
    assert (await desk.ask(boss, "GET", "/dnc"))["items"] == []
    assert (await desk.ask(boss, "GET", "/dnc?withdrawn=true"))["items"][0]["withdrawn_at"]
    added, withdrawn = await witnessed(office, EntryKind.DNC_ADDED, EntryKind.DNC_WITHDRAWN)
    assert (added.body["who"], added.body["number"]) == (desk.leader.id, "+8613900000001")
    assert (withdrawn.body["asked_by"], withdrawn.body["approved_by"]) == (boss.id, other.id)


async def test_who_refuses_again_while_a_withdrawal_waits_stays_on_the_list(office: Office) -> None:
    desk = await Desk(office).open(numbers=1)
    boss, other = await office.someone(Role.MANAGER), await office.someone(Role.MANAGER)
    call = await office.call(number="+8613900000001")
    await desk.store.write([OptedOut(AttemptId(call), datetime.now(UTC))])
    [entry] = (await desk.ask(boss, "GET", "/dnc"))["items"]
    assert (entry["reason"], entry["call_id"], entry["added_by"]) == ("opt_out_key", call, None)
    assert [row.attempt_id for row in await witnessed(office, EntryKind.DNC_ADDED)] == [call]
    wish = await desk.ask(boss, "POST", f"/dnc/{entry['id']}/withdrawals", WHY, 201)
    await desk.store.write([OptedOut(AttemptId(call), datetime.now(UTC))])
    assert (await desk.ask(boss, "GET", "/dnc"))["items"][0]["said_at"]
    late = await desk.ask(other, "POST", f"/dnc/withdrawals/{wish['id']}/approve", None, None)
    assert_problem(late, 409, "refused_again")
    refused = await desk.ask(other, "POST", f"/dnc/withdrawals/{wish['id']}/refuse")
    assert refused["decision"] == "refused" and await held_back(desk)


async def test_a_prefix_and_a_campaign_s_own_entry_hold_where_they_say_and_a_leader_takes_a_rule_back(
    office: Office,
) -> None:
    desk = await Desk(office).open(numbers=1)
    elsewhere = await office.campaign()
    for campaign, holds in ((elsewhere, False), (desk.campaign, True)):
        of_it = {"number": NUMBER, "scope": "campaign", "campaign_id": campaign, "asked": False} | WHY
        entry = await desk.ask(desk.boss, "POST", "/dnc", of_it, 201)
        assert entry["campaign_id"] == campaign and await held_back(desk) is holds
    done = await desk.ask(desk.boss, "POST", f"/dnc/{entry['id']}/withdrawals", WHY, 201)
    assert done["decision"] == "approved" and not await held_back(desk)
    prefix = await desk.ask(desk.boss, "POST", "/dnc/prefixes", {"prefix": "139", "scope": "national"} | WHY, 201)
    assert (prefix["prefix"], prefix["number"], prefix["scope"]) == ("+86139", None, "national")
    assert await held_back(desk)
    assert (await desk.ask(desk.leader, "GET", "/dnc/prefixes"))["items"] == [prefix]
    handler = await office.someone(Role.COMPLAINT_HANDLER)
    wish = await desk.ask(handler, "POST", f"/dnc/{prefix['id']}/withdrawals", WHY, 201)
    assert wish["decision"] is None and await held_back(desk)
    boss = await office.someone(Role.MANAGER)
    await desk.ask(boss, "POST", f"/dnc/withdrawals/{wish['id']}/approve")
    assert not await held_back(desk)


@pytest.mark.parametrize(
    ("path", "body", "status", "reason"),
    [
        ("/dnc", {"number": "110"}, 422, "malformed_number"),
        ("/dnc", {"number": NUMBER, "scope": "campaign"}, 422, "invalid_request"),
        ("/dnc", {"number": NUMBER, "campaign_id": new_id()}, 422, "invalid_request"),
        ("/dnc", {"number": NUMBER, "scope": "campaign", "campaign_id": new_id()}, 404, "unknown_campaign"),
        ("/dnc/prefixes", {"prefix": "1"}, 422, "malformed_prefix"),
        (f"/dnc/{new_id()}/withdrawals", {}, 404, "unknown_entry"),
        (f"/dnc/withdrawals/{new_id()}/approve", None, 404, "unknown_withdrawal"),
    ],
)
async def test_what_cannot_be_entered_or_taken_back(
    office: Office, path: str, body: dict[str, Any] | None, status: int, reason: str
) -> None:
    boss = await office.someone(Role.MANAGER)
    answer = await office.http.post(f"{V1}{path}", headers=boss.headers, json=None if body is None else body | WHY)
    assert_problem(answer, status, reason)


@pytest.mark.parametrize(
    ("typed", "prefix"),
    [
        *(("170", "+86170"), ("0755", "+86755"), ("+86 10", "+8610"), ("+1-900", "+1900"), ("+8", None)),
        *(("1", None), ("+86", None), ("+861", None), ("00", None), ("abc", None), ("１３", None)),
    ],
)
def test_prefixes_as_people_type_them(typed: str, prefix: str | None) -> None:
    assert canonical_prefix(typed) == prefix


async def test_while_the_list_cannot_be_read_nothing_is_claimed(
    office: Office, owner: AsyncEngine, postgres: Postgres
) -> None:
    desk = await Desk(office).open(numbers=1)
    impatient = make_engine(postgres.url, statement_s=0.3)
    store = PostgresStore(impatient)
    lease = await store.acquire("node-1", new_id(), 60, lambda _: True)
    assert lease is not None
    async with owner.begin() as connection:
        await connection.execute(text("lock table dnc in access exclusive mode"))
        with pytest.raises(StoreAway):
            await asyncio.wait_for(store.claim(lease, CampaignId(desk.campaign), ANY, 1), 10)
    assert len(await store.claim(lease, CampaignId(desk.campaign), ANY, 1)) == 1
    await store.close()
