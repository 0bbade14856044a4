"""The practice floor: its seed, its settings, and its agents at work against the real api."""

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import httpx
import phonenumbers
import pytest
from sqlalchemy import func, select, update

from api.auth.roles import Role
from api.auth.tables import users
from api.practice.floor import Board, Login, Worker, keep_leads, read_logins, run_floor
from api.practice.rules import WEIGHTS, Deed, Seen, next_deed
from api.practice.schemas import Customers
from api.practice.seed import seed
from api.practice.service import CAMPAIGN, LEADS, made_up_numbers, top_up_leads
from api.practice.tables import practice_settings
from dialer.core.numbers import is_canonical
from dialer.store.tables import agent_sessions, campaigns, commands, leads, phones
from tests.api.office import V1, ZONE, Office, assert_problem, engine_side

PHONES = {str(1001 + n): f"secret-{n}" for n in range(20)}


async def count(office: Office, table: Any) -> int:
    async with office.engine.connect() as connection:
        return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())


async def test_the_seed_makes_everything_once(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "var" / "practice-logins.json"
    await seed(office.engine, file, PHONES, ZONE)
    first = file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    logins = json.loads(first)
    assert set(logins) == {role.value for role in Role} | {"practice_agents"}
    assert logins["agent"]["username"] == "agent6" and logins["manager"]["username"] == "manager"
    assert [entry["username"] for entry in logins["practice_agents"]] == [f"agent{n}" for n in range(1, 6)]
    assert read_logins(file)[0] == Login(**logins["practice_agents"][0])
    people = {row.username: row.extension for row in await office.rows(users)}
    assert len(people) == 18 and people["agent1"] == "1001" and people["agent6"] == "1006"
    (campaign,) = await office.rows(campaigns)
    assert (campaign.name, campaign.state, campaign.mode) == (CAMPAIGN, "running", "progressive")
    assert (await count(office, phones), await count(office, leads)) == (20, LEADS)
    for login in (logins["auditor"], logins["practice_agents"][4]):
        assert (await office.http.post(f"{V1}/auth/token", data=login)).status_code == 200

    await seed(office.engine, file, PHONES, ZONE)
    assert file.read_text() == first
    assert (await count(office, users), await count(office, leads), await count(office, campaigns)) == (18, LEADS, 1)

    file.write_text("{ torn")
    async with office.engine.begin() as connection:
        await connection.execute(update(campaigns).values(state="paused"))
    await seed(office.engine, file, PHONES, ZONE)
    renewed = json.loads(file.read_text())
    assert renewed["manager"]["password"] != logins["manager"]["password"]
    assert (await office.http.post(f"{V1}/auth/token", data=logins["manager"])).status_code == 401
    assert (await office.http.post(f"{V1}/auth/token", data=renewed["manager"])).status_code == 200
    assert (await office.rows(campaigns))[0].state == "running"


def test_made_up_numbers_are_numbers() -> None:
    made = made_up_numbers(300)
    assert len(made) == 300
    for number in made:
        assert is_canonical(number) and phonenumbers.is_valid_number(phonenumbers.parse(number))


async def test_leads_are_topped_up_when_few_are_fresh(office: Office) -> None:
    campaign = await office.campaign(name=CAMPAIGN)
    async with office.engine.begin() as connection:
        assert await top_up_leads(connection, campaign) == LEADS
        assert await top_up_leads(connection, campaign) == 0
        await connection.execute(update(leads).values(state="attempted"))
    keeping = asyncio.create_task(keep_leads(office.engine))
    async with asyncio.timeout(20):
        while await count(office, leads) <= LEADS:
            await asyncio.sleep(0.1)
    keeping.cancel()


async def test_settings_of_the_floor(office: Office) -> None:
    boss = await office.someone(Role.MANAGER)
    agents, customers = f"{V1}/practice/agents", f"{V1}/practice/customers"
    for url, body in ((agents, {"count": 2}), (customers, {})):
        assert_problem(await office.http.post(url, json=body, headers=boss.headers), 409, "no_practice")
    campaign = await office.campaign(name=CAMPAIGN)
    assert (await office.http.get(agents, headers=boss.headers)).json() == {"count": 5, "campaign_id": campaign}
    for wanted in (0, 3):
        told = await office.http.post(agents, json={"count": wanted}, headers=boss.headers)
        assert told.json() == {"count": wanted, "campaign_id": campaign}
    assert (await office.http.get(agents, headers=boss.headers)).json()["count"] == 3
    for bad in ({"count": 6}, {"count": -1}, {"count": 1, "x": 1}, {}):
        assert_problem(await office.http.post(agents, json=bad, headers=boss.headers), 422, "invalid_request")

    async with engine_side(office, {"practice.customers": ("done", {})}) as side:
        for change in ({"answer_pct": 80}, {"talk_max_s": 30}):
            response = await office.http.post(customers, json=change, headers=boss.headers)
            assert response.status_code == 200, response.text
    wanted_customers = Customers(answer_pct=80, talk_max_s=30)
    assert response.json() == wanted_customers.model_dump()
    assert side.seen[-1] == ("practice.customers", wanted_customers.model_dump())
    assert_problem(
        await office.http.post(customers, json={"ring_min_s": 99}, headers=boss.headers), 422, "bad_customers"
    )
    assert_problem(
        await office.http.post(customers, json={"answer_pct": 101}, headers=boss.headers), 422, "invalid_request"
    )
    assert len(await office.rows(commands)) == 2
    silent = await office.http.post(customers, json={"busy_pct": 1}, headers=boss.headers)
    assert_problem(silent, 503, "engine_unavailable")
    stored = {row.key: row.value for row in await office.rows(practice_settings)}
    assert stored == {"agents": {"count": 3}, "customers": wanted_customers.model_dump()}


@pytest.mark.parametrize(
    ("seen", "deed"),
    [
        (Seen(True, None), Deed.START),
        (Seen(False, None), Deed.WAIT),
        (Seen(True, "paused"), Deed.GET_READY),
        (Seen(True, "ready"), Deed.WAIT),
        (Seen(False, "ready"), Deed.END),
        (Seen(False, "paused"), Deed.END),
        (Seen(False, "on_call", "c"), Deed.WAIT),
        (Seen(True, "reserved", "c"), Deed.WAIT),
        (Seen(False, "wrap_up", "c"), Deed.DISPOSE),
        (Seen(True, "wrap_up", "c", "b"), Deed.DISPOSE),
        (Seen(True, "wrap_up", "c", "c"), Deed.WAIT),
        (Seen(True, "wrap_up"), Deed.WAIT),
        (Seen(True, "paused", "c"), Deed.DISPOSE),
        (Seen(True, "paused", "c", "c"), Deed.GET_READY),
    ],
)
def test_what_a_practice_agent_does_next(seen: Seen, deed: Deed) -> None:
    assert next_deed(seen) is deed


async def test_a_practice_agent_works_a_call_and_starts_again_when_his_session_is_lost(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.practice.floor.THINKING_S", (0.0, 0.01))
    monkeypatch.setattr("api.practice.floor.RETRY_S", 0.05)
    monkeypatch.setattr("api.practice.floor.POLL_S", 0.02)
    monkeypatch.setattr("api.practice.seed.AGENTS", 1)
    file = tmp_path / "logins.json"
    await seed(office.engine, file, PHONES, ZONE)
    me = next(row.id for row in await office.rows(users) if row.username == "agent1")
    (campaign,) = await office.rows(campaigns)
    deeds = ("session.start", "session.state", "session.end", "call.disposition")
    stopping = asyncio.Event()
    transport = httpx.ASGITransport(office.app)
    async with (
        httpx.AsyncClient(transport=transport, base_url=f"http://t{V1}") as http,
        engine_side(office, {kind: ("done", {"session_id": "s"}) for kind in deeds}) as side,
        asyncio.timeout(20),
    ):
        floor = asyncio.create_task(run_floor(http, read_logins(file), stopping))
        await told(side.seen, "session.start")
        call = await office.call(agent_id=me)
        session = await office.session(me, campaign.id, state="wrap_up", attempt_id=call)
        said = await told(side.seen, "call.disposition")
        assert said["agent_id"] == me and said["call_id"] == call and said["disposition"] in set(WEIGHTS)
        await end(office, session)
        side.seen.clear()
        await told(side.seen, "session.start")
        await office.session(me, campaign.id, state="paused")
        assert (await told(side.seen, "session.state"))["state"] == "ready"
        stopping.set()
        await floor
    assert side.seen[-1] == ("session.end", {"agent_id": me})


async def test_a_practice_agent_survives_an_api_that_is_not_there() -> None:
    def nobody(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no")

    stopping = asyncio.Event()
    async with httpx.AsyncClient(transport=httpx.MockTransport(nobody), base_url="http://t") as http:
        worker = Worker(http, Login("a", "b"), 0, Board(), random.Random(1))
        with pytest.raises(httpx.ConnectError):
            await worker.step()
        floor = asyncio.create_task(run_floor(http, [Login("a", "b")], stopping))
        await asyncio.sleep(0.1)
        assert not floor.done()
        stopping.set()
        await floor
    assert "'b'" not in repr(Login("a", "b"))


async def end(office: Office, session: str) -> None:
    async with office.engine.begin() as connection:
        mine = update(agent_sessions).where(agent_sessions.c.id == session)
        await connection.execute(mine.values(ended_at=func.now()))


async def told(seen: list[tuple[str, dict[str, Any]]], kind: str) -> dict[str, Any]:
    while True:
        for name, payload in seen:
            if name == kind:
                return payload
        await asyncio.sleep(0.01)
