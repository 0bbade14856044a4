"""The live changes: each once, in order, whatever is cut, restarted or revoked meanwhile."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from api.auth.roles import Role
from api.auth.tables import auth_sessions
from api.events import hub as hub_module
from api.events import viewer as viewer_module
from api.events.cursor import UNKNOWN, decode, encode
from api.events.schemas import Changes
from api.events.viewer import Viewer
from api.ids import new_id
from dialer.core.agent import AgentState
from dialer.core.attempt import Attempt, DialResult, EndReason
from dialer.core.ids import AgentId, AttemptId, CampaignId, SessionId
from dialer.core.records import AttemptAnswered, AttemptClosed, AttemptConnected, OptedOut, SessionChanged
from dialer.core.recycle import LeadNext, LeadState
from dialer.machine import Paths
from dialer.store import embedded, events, tables
from dialer.store.database import make_engine
from dialer.store.events import Change, Position
from dialer.store.migrate import create_embedded_database, migrate
from dialer.store.postgres import PostgresStore
from recordings import records
from recordings.rules import AbsentReason
from recordings.vault import Vault
from tests.api.office import NODE, NUMBER, V1, Office
from tests.api.streams import Stream, served, watching
from tests.conftest import start_postgres
from tests.unit.core.build import make_attempt


async def write(engine: AsyncEngine, number: int, agent_id: str | None = None) -> None:
    async with engine.begin() as connection:
        await events.append(connection, [Change("recording", agent_id, {"id": str(number)})])


def numbers(stream: Stream) -> list[int]:
    return [int(body["id"]) for body in stream.bodies("recording")]


async def test_nothing_falls_between_the_floor_and_the_stream(office: Office, vault: Vault) -> None:
    boss = await office.someone(Role.SUPERVISOR)
    async with served(office.engine, vault) as api:
        floor = await api.floor(boss.headers)
        await write(office.engine, 1)
        async with watching(api.url, boss.headers, after=floor["cursor"]) as stream:
            await write(office.engine, 2)
            await stream.until(lambda: len(numbers(stream)) == 2)
            assert numbers(stream) == [1, 2] and "reset" not in stream.events()
            await stream.until(lambda: "figures" in stream.events())


async def test_a_storm_of_writers_and_a_reader_that_is_cut_again_and_again(office: Office, vault: Vault) -> None:
    """Commits come late and out of the order of their serial numbers; one object's changes keep theirs."""
    chance = random.Random(3)
    boss = await office.someone(Role.SUPERVISOR)
    objects = {name: asyncio.Lock() for name in "abcd"}  # a row's lock, held from the change to the commit
    written: dict[str, list[int]] = {name: [] for name in objects}
    count = iter(range(10_000))

    async def writer(seed: int) -> None:
        own = random.Random(seed)
        for _ in range(25):
            name = own.choice("abcd")
            async with office.engine.connect() as connection, connection.begin():
                await connection.execute(select(func.pg_current_xact_id()))  # early: no order of ids helps
                await asyncio.sleep(own.random() * 0.03)
                async with objects[name]:
                    number = next(count)
                    written[name].append(number)
                    await events.append(connection, [Change("recording", name_id(name), {"id": str(number)})])
                    await asyncio.sleep(own.random() * 0.02)
                    await connection.commit()

    stream, resumed = Stream(), 0
    async with served(office.engine, vault) as one, served(office.engine, vault) as other:
        cursor = (await one.floor(boss.headers))["cursor"]
        writers = [asyncio.create_task(writer(seed)) for seed in range(8)]
        while not all(task.done() for task in writers) or len(numbers(stream)) < 200:
            api = chance.choice((one, other))
            async with watching(api.url, boss.headers, after=cursor, stream=stream):
                await asyncio.sleep(chance.random() * 0.6)
            resumed += 1
            assert resumed < 200
        await asyncio.gather(*writers)
    seen = numbers(stream)
    assert sorted(seen) == list(range(200)) and resumed > 2 and "reset" not in stream.events()
    for name in objects:
        assert [number for number in seen if number in set(written[name])] == written[name]


def name_id(name: str) -> str:
    return f"00000000-0000-7000-8000-{ord(name):012d}"


async def test_a_later_change_by_an_older_transaction_stays_later(office: Office) -> None:
    """An old transaction that runs on must not let the two be read in the wrong order."""
    engine = office.engine
    async with engine.connect() as late, engine.connect() as old, engine.connect() as young, engine.begin() as read:
        for connection in (late, old, young):
            await connection.execute(select(func.pg_current_xact_id()))
        start = Position(0, 0)
        await events.append(young, [Change("call", None, {"id": "x", "n": 1})])
        await young.commit()
        await events.append(late, [Change("call", None, {"id": "x", "n": 2})])
        await late.commit()
        seen = [event.change.body["n"] for event in await events.read(read, start)]
        await old.commit()
        seen += [event.change.body["n"] for event in await events.read(read, start)][len(seen) :]
        assert seen == [1, 2]


async def test_a_backup_that_runs_for_long_holds_nothing_back(office: Office) -> None:
    """pg_dump reads in one long transaction, under these locks; it writes nothing: there is nothing to wait for."""
    async with office.engine.connect() as backup, office.engine.connect() as read:
        await backup.execute(text("set transaction isolation level repeatable read, read only"))
        await backup.execute(text("lock table events, attempts in access share mode"))
        await backup.execute(select(tables.events))
        await write(office.engine, 1)
        assert [event.change.body["id"] for event in await events.read(read, Position(0, 0))] == ["1"]


async def test_the_database_goes_away_and_comes_back_under_an_open_stream(tmp_path: Path, vault: Vault) -> None:
    paths = Paths(tmp_path / "own")
    async with database(paths):
        await create_embedded_database(embedded.url(paths, embedded.OWNER))
        await migrate(embedded.url(paths, embedded.OWNER))
    engine, stream = make_engine(embedded.url(paths)), Stream()
    async with AsyncExitStack() as open_ones:
        async with database(paths):
            api = await open_ones.enter_async_context(served(engine, vault))
            boss = await Office(api.app, httpx.AsyncClient(), engine).someone(Role.MANAGER)
            await open_ones.enter_async_context(watching(api.url, boss.headers, stream=stream))
            await write(engine, 1)
            await stream.until(lambda: numbers(stream) == [1] and "figures" in stream.events())
        await stream.until(lambda: lamp(stream, "database") == "down" and lamp(stream, "dialer") == "unknown")
        async with database(paths):
            await stream.until(lambda: lamp(stream, "database") == "ok")
            await write(engine, 2)
            await stream.until(lambda: numbers(stream) == [1, 2])
        assert not stream.is_over and "reset" not in stream.events()
    await engine.dispose()


def lamp(stream: Stream, name: str) -> str:
    """The newest word on a part."""
    shown = [data["lamps"] for event, data in stream.frames if event == "figures"][-1]
    return str(next(item["state"] for item in shown if item["name"] == name))


@asynccontextmanager
async def database(paths: Paths) -> AsyncIterator[None]:
    """A server of the test's own while the block runs."""
    server = start_postgres(paths)
    await asyncio.to_thread(server.__enter__)
    try:
        yield
    finally:
        await asyncio.to_thread(server.__exit__)


async def test_an_agent_gets_his_own_changes_and_no_figures(office: Office, vault: Vault) -> None:
    agent, other = await office.someone(Role.AGENT), await office.someone(Role.AGENT)
    boss = await office.someone(Role.MANAGER, Role.AGENT)
    async with (
        served(office.engine, vault) as api,
        watching(api.url, agent.headers) as own,
        watching(api.url, boss.headers) as all_of,
    ):
        for number, whose in enumerate((other.id, agent.id, None, agent.id)):
            await write(office.engine, number, whose)
        await all_of.until(lambda: len(numbers(all_of)) == 4 and "figures" in all_of.events())
        await own.until(lambda: len(numbers(own)) == 2)
        assert numbers(own) == [1, 3] and set(own.events()) == {"changes"}


async def test_the_api_restarts_and_the_viewer_goes_on(office: Office, vault: Vault) -> None:
    boss = await office.someone(Role.TEAM_LEADER)
    stream = Stream()
    async with served(office.engine, vault) as api, watching(api.url, boss.headers, stream=stream):
        await write(office.engine, 1)
        await stream.until(lambda: numbers(stream) == [1])
        begun = asyncio.get_running_loop().time()
        api.server.should_exit = True
        await stream.until(lambda: stream.is_over)
        assert asyncio.get_running_loop().time() - begun < 2
    await write(office.engine, 2)
    async with served(office.engine, vault) as api, watching(api.url, boss.headers, stream=stream):
        await write(office.engine, 3)
        await stream.until(lambda: len(numbers(stream)) == 3)
    assert numbers(stream) == [1, 2, 3] and "reset" not in stream.events()


@pytest.mark.parametrize(
    "cursor", ["", "x", "0-0", "7fffffffffffffff-1", "ffffffffffffffff-ffffffffffffffff", "1" * 99]
)
async def test_a_cursor_that_nobody_made_brings_a_reset_and_then_what_is_new(
    office: Office, vault: Vault, cursor: str
) -> None:
    boss = await office.someone(Role.SUPERVISOR)
    async with served(office.engine, vault) as api, watching(api.url, boss.headers, after=cursor) as stream:
        await stream.until(lambda: "reset" in stream.events())
        await write(office.engine, 5)
        await stream.until(lambda: numbers(stream) == [5])


async def test_a_cursor_older_than_the_log_brings_a_reset(office: Office, vault: Vault) -> None:
    boss = await office.someone(Role.SUPERVISOR)
    async with served(office.engine, vault) as api:
        cursor = (await api.floor(boss.headers))["cursor"]
        await write(office.engine, 1)
        await write(office.engine, 2)
        async with office.engine.begin() as connection:
            assert await events.prune(connection, timedelta(0)) == 2
        async with watching(api.url, boss.headers, after=cursor) as stream:
            await stream.until(lambda: "reset" in stream.events())
            assert numbers(stream) == []


async def test_old_changes_are_deleted_from_the_oldest_on_and_the_newest_stays(office: Office) -> None:
    for number in range(3):
        await write(office.engine, number)
    async with office.engine.begin() as connection:
        assert await events.prune(connection) == 0
        assert await events.prune(connection, timedelta(0)) == 2
        assert await events.prune(connection, timedelta(0)) == 0


async def test_changes_that_came_with_a_backup_of_another_server_are_deleted(office: Office) -> None:
    async with office.engine.begin() as connection:
        row = {"position": 2**40, "kind": "call", "body": {}}
        await connection.execute(insert(tables.events).values(row))
    await write(office.engine, 1)
    async with office.engine.begin() as connection:
        await events.prune(connection)
        positions = [row.position for row in await connection.execute(select(tables.events))]
        assert len(positions) == 1 and positions[0] < 2**40
    async with office.engine.begin() as connection:
        assert [event.change.body["id"] for event in await events.read(connection, Position(0, 0))] == ["1"]


@pytest.mark.parametrize("how", ["session", "roles"])
async def test_a_revoked_session_ends_the_stream(
    office: Office, vault: Vault, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(hub_module, "ACCESS_S", 0.2)
    boss, stays = await office.someone(Role.SUPERVISOR), await office.someone(Role.SUPERVISOR)
    async with (
        served(office.engine, vault) as api,
        watching(api.url, boss.headers) as stream,
        watching(api.url, stays.headers) as other,
    ):
        await stream.until(lambda: "figures" in stream.events())
        async with office.engine.begin() as connection:
            if how == "session":
                mine = auth_sessions.c.user_id == boss.id
                await connection.execute(update(auth_sessions).where(mine).values(revoked_at=func.now()))
            else:
                await connection.execute(
                    text("update user_roles set role = 'agent' where user_id = :id"), {"id": boss.id}
                )
        await stream.until(lambda: stream.is_over)
        await write(office.engine, 1)
        await other.until(lambda: numbers(other) == [1])
        assert numbers(stream) == []


def test_access_is_asked_again_in_time() -> None:
    assert hub_module.ACCESS_S + hub_module.TICK_MAX_S <= 15


async def test_watching_keeps_a_session_in_use(office: Office, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "ACCESS_S", 0.2)
    boss = await office.someone(Role.SUPERVISOR)
    async with served(office.engine, vault) as api, watching(api.url, boss.headers) as stream:
        long_ago = datetime.now(UTC) - timedelta(minutes=30)
        async with office.engine.begin() as connection:
            await connection.execute(update(auth_sessions).values(last_seen_at=long_ago))
        async with asyncio.timeout(10):
            while (await office.rows(auth_sessions))[0].last_seen_at == long_ago:
                await asyncio.sleep(0.05)
        assert not stream.is_over


async def test_a_viewer_too_slow_is_cut_and_gets_everything_when_it_comes_back() -> None:
    viewer = Viewer("s", None)
    for _ in range(viewer_module.FRAMES_MAX):
        viewer.put(b"x")
    assert not viewer.is_ended and await viewer.next() == b"x" * viewer_module.FRAMES_MAX
    viewer.put(b"x" * (viewer_module.BYTES_MAX + 1))
    assert viewer.is_ended
    viewer.put(b"late")
    assert await viewer.next() == b"event: reset\ndata: {}\n\n" and await viewer.next() is None


async def test_a_slow_viewer_holds_nobody_back_and_resumes_without_a_gap(
    office: Office, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewer_module, "BYTES_MAX", 20_000)
    boss = await office.someone(Role.SUPERVISOR)
    stream = Stream()
    async with served(office.engine, vault) as api, watching(api.url, boss.headers, stream=stream):
        await write(office.engine, 0)
        await stream.until(lambda: numbers(stream) == [0])
        async with office.engine.begin() as connection:
            many = [Change("recording", None, {"id": str(n), "more": "x" * 100}) for n in range(1, 400)]
            await events.append(connection, many)
        await stream.until(lambda: stream.is_over)
        assert stream.events()[-1] == "reset" and numbers(stream) == [0]
        async with watching(api.url, boss.headers, stream=stream):
            await stream.until(lambda: len(numbers(stream)) == 400)
    assert numbers(stream) == list(range(400))


async def test_what_was_missed_comes_in_pieces(office: Office, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "BATCH", 7)
    boss = await office.someone(Role.SUPERVISOR)
    async with served(office.engine, vault) as api:
        cursor = (await api.floor(boss.headers))["cursor"]
        for number in range(30):
            await write(office.engine, number)
        async with watching(api.url, boss.headers, after=cursor) as stream:
            await stream.until(lambda: len(numbers(stream)) == 30)
            assert numbers(stream) == list(range(30))


async def test_agents_and_campaigns_come_with_what_the_log_does_not_hold(office: Office, vault: Vault) -> None:
    boss = await office.someone(Role.SUPERVISOR)
    agent = await office.someone(Role.AGENT)
    campaign = await office.campaign(state="draft", name="青云")
    await office.call(campaign_id=campaign)
    async with served(office.engine, vault) as api, watching(api.url, boss.headers) as stream:
        await stream.until(lambda: "figures" in stream.events())
        async with office.engine.begin() as connection:
            await events.append(connection, [Change("agent", agent.id, {"id": "s", "agent_id": agent.id})])
            await events.note_campaign(connection, campaign)
        await stream.until(lambda: len(stream.changes) == 2)
    assert stream.bodies("agent")[0]["username"] == agent.username
    (shown,) = stream.bodies("campaign")
    assert (shown["name"], shown["state"], shown["dialed"], shown["reason"]) == ("青云", "draft", 1, None)


async def test_what_the_engine_and_the_worker_write_is_told(office: Office, vault: Vault) -> None:
    """A call from its first ring to its seal, an agent's shift, the campaign, the emergency stop; no whole number."""
    boss, agent = await office.someone(Role.MANAGER), await office.someone(Role.AGENT)
    campaign = CampaignId(await office.campaign(state="draft"))
    store = PostgresStore(office.engine)
    lease = await store.acquire(NODE, "me", 30, lambda _name: False)
    assert lease is not None
    who: Any = {"session_id": SessionId(new_id()), "agent_id": AgentId(agent.id)}
    call = replace(
        make_attempt(),
        id=AttemptId(new_id()),
        campaign_id=campaign,
        lead_id=None,
        number=NUMBER,
        opened_at=datetime.now(UTC),
    )
    async with served(office.engine, vault) as api, watching(api.url, boss.headers) as stream:
        await office.http.post(f"{V1}/campaigns/{campaign}/start", headers=boss.headers)
        await store.open_attempt(lease, call)
        await store.write([AttemptAnswered(call.id, call.opened_at)])
        await store.write(
            [AttemptConnected(call.id, at=call.opened_at, **who), shift(AgentState.ON_CALL, campaign, who)]
        )
        await store.write([closed(call, who), shift(AgentState.LOGGED_OUT, campaign, who)])
        await store.write([OptedOut(call.id, call.opened_at)])  # nothing of it is on the floor
        (ended,) = await records.pending(office.engine, lease.name, records.LOWEST_ID)
        assert await records.record_absent(office.engine, ended, AbsentReason.RECORDER_FAILED)
        await office.http.post(f"{V1}/emergency-stop", json={"reason": "drill"}, headers=boss.headers)
        await stream.until(lambda: len(stream.changes) == 9)
    assert [body["state"] for body in stream.bodies("call")] == ["dialing", "waiting", "connected", "ended"]
    assert [body["state"] for body in stream.bodies("agent")] == ["on_call", "logged_out"]
    assert stream.bodies("agent")[0]["campaign_ids"] == [campaign]
    assert stream.bodies("call")[-1]["dial_result"] == "answered" and stream.bodies("call")[-1]["abandoned"] is False
    assert stream.bodies("campaign")[0]["state"] == "running" and stream.bodies("emergency_stop")[0]["how"] == "cut"
    assert stream.bodies("recording")[0] == {
        "id": call.id,
        "agent_id": agent.id,
        "campaign_id": campaign,
        "status": "absent",
        "duration_s": None,
    }
    for data in (data for event, data in stream.frames if event == "changes"):
        Changes.model_validate(data)
        assert NUMBER[3:] not in json.dumps(data)


def closed(call: Attempt, who: Any) -> AttemptClosed:
    return AttemptClosed(
        attempt_id=call.id,
        lead_id=None,
        at=call.opened_at,
        result=DialResult.ANSWERED,
        reason=EndReason.CUSTOMER_HUNG_UP,
        cause=16,
        tech_cause=None,
        abandoned=False,
        answered_at=call.opened_at,
        connected_at=call.opened_at,
        lead_next=LeadNext(LeadState.DONE, call.opened_at, "answered"),
        **who,
    )


def shift(state: AgentState, campaign: CampaignId, who: Any) -> SessionChanged:
    now = datetime.now(UTC)
    return SessionChanged(
        node=NODE,
        extension="1001",
        campaign_id=campaign,
        campaign_ids=(campaign,),
        state=state,
        reason=None,
        attempt_id=None,
        state_at=now,
        started_at=now,
        ended_at=now if state is AgentState.LOGGED_OUT else None,
        **who,
    )


async def test_without_a_login_there_is_no_stream(office: Office) -> None:
    assert (await office.http.get(f"{V1}/events")).status_code == 401


@pytest.mark.parametrize("place", [Position(1, 1), Position(2**40, 7)])
def test_a_cursor_leads_back_to_its_place(place: Position) -> None:
    assert decode(encode(place)) == place and decode(encode(place).upper() + "!") == UNKNOWN


def test_the_document_shows_the_frames(office: Office) -> None:
    document: dict[str, Any] = office.app.openapi()
    content = document["paths"][f"{V1}/events"]["get"]["responses"]["200"]["content"]
    assert set(content) == {"text/event-stream"} and "event: changes" in content["text/event-stream"]["example"]
    assert {"Changes", "Standing", "CallChange", "AgentNow"} <= document["components"]["schemas"].keys()
