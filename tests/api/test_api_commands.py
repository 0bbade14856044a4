"""The live work: the engine's side is scripted; what it answers, refuses or fails to say comes out right."""

import asyncio
import time
from typing import Any

import pytest
from sqlalchemy import update

from api.auth.roles import Role
from api.commands import CommandDesk, CommandKind, ask_engine
from api.errors import EngineUnavailable
from api.ids import new_id
from api.numbers.tables import number_refusals
from dialer.store.tables import commands
from tests.api.office import NODE, NUMBER, V1, Office, Someone, assert_problem, engine_side, refused

SESSION = f"{V1}/agents/me/session"
CALLS = f"{V1}/calls"
TWICE = new_id()


async def agent(office: Office) -> Someone:
    return await office.someone(Role.AGENT, extension="1001")


async def test_a_shift(office: Office) -> None:
    who = await agent(office)
    campaign, session, call = new_id(), new_id(), new_id()
    script = {
        "session.start": ("done", {"session_id": session}),
        "session.state": ("done", {}),
        "session.end": ("done", {}),
        "call.manual": ("done", {"call_id": call}),
        "call.hangup": ("done", {}),
        "call.disposition": ("done", {}),
    }
    async with engine_side(office, script) as side:
        send = office.http.request
        started = await send("POST", SESSION, json={"campaign_id": campaign}, headers=who.headers)
        assert started.status_code == 201 and started.json() == {"session_id": session}
        ready = await send("PATCH", SESSION, json={"state": "ready"}, headers=who.headers)
        assert ready.json() == {"state": "ready", "reason": None}
        paused = await send("PATCH", SESSION, json={"state": "paused", "reason": "午餐"}, headers=who.headers)
        assert paused.json() == {"state": "paused", "reason": "午餐"}
        dialed = await send("POST", CALLS, json={"number": "138 1234 1234"}, headers=who.headers)
        assert dialed.status_code == 201 and dialed.json() == {"call_id": call}
        assert (await send("POST", f"{CALLS}/{call}/hangup", headers=who.headers)).status_code == 204
        disposed = await send(
            "POST", f"{CALLS}/{call}/disposition", json={"disposition": "sale"}, headers=who.headers
        )
        assert disposed.status_code == 204
        assert (await send("DELETE", SESSION, headers=who.headers)).status_code == 204
    mine = {"agent_id": who.id}
    assert side.seen == [
        ("session.start", mine | {"extension": "1001", "campaign_ids": [campaign]}),
        ("session.state", mine | {"state": "ready", "reason": None}),
        ("session.state", mine | {"state": "paused", "reason": "午餐"}),
        ("call.manual", mine | {"number": "138 1234 1234"}),
        ("call.hangup", mine | {"call_id": call}),
        ("call.disposition", mine | {"call_id": call, "disposition": "sale"}),
        ("session.end", mine),
    ]
    assert {row.requested_by for row in await office.rows(commands)} == {who.id}


async def test_a_shift_for_several_campaigns_and_a_call_for_one_of_them(office: Office) -> None:
    who = await agent(office)
    several = [new_id() for _ in range(10)]
    script = {"session.start": ("done", {"session_id": new_id()}), "call.manual": ("done", {"call_id": new_id()})}
    async with engine_side(office, script) as side:
        started = await office.http.post(SESSION, json={"campaign_ids": several}, headers=who.headers)
        assert started.status_code == 201
        body = {"number": "13812341234", "campaign_id": several[3]}
        assert (await office.http.post(CALLS, json=body, headers=who.headers)).status_code == 201
    assert side.seen[0][1]["campaign_ids"] == several
    assert side.seen[1] == ("call.manual", {"agent_id": who.id, **body})


async def test_ones_own_call_is_dialed_again_and_what_may_not_be_is_told_to_the_leader(office: Office) -> None:
    who, again = await agent(office), new_id()
    mine, another = await office.call(agent_id=who.id), await office.call(agent_id=new_id())
    async with engine_side(office, {"call.redial": ("done", {"call_id": again})}) as side:
        answer = await office.http.post(f"{CALLS}/{mine}/redial", headers=who.headers)
        assert (answer.status_code, answer.json()) == (201, {"call_id": again})
        for call in (another, new_id()):
            answer = await office.http.post(f"{CALLS}/{call}/redial", headers=who.headers)
            assert_problem(answer, 404, "unknown_call")
    assert side.seen == [("call.redial", {"agent_id": who.id, "call_id": mine})]
    for reason in ("not_last_call", "not_issued"):
        async with engine_side(office, {"call.redial": refused(reason)}):
            assert_problem(await office.http.post(f"{CALLS}/{mine}/redial", headers=who.headers), 409, reason)
    [told] = await office.rows(number_refusals)
    assert (told.agent_id, told.number, told.reason) == (who.id, NUMBER, "not_issued")


@pytest.mark.parametrize(
    ("method", "path", "body", "kind", "reason", "status"),
    [
        ("POST", SESSION, {"campaign_id": new_id()}, "session.start", "unknown_campaign", 404),
        ("POST", SESSION, {"campaign_id": new_id()}, "session.start", "session_exists", 409),
        ("POST", SESSION, {"campaign_id": new_id()}, "session.start", "phone_not_registered", 409),
        ("PATCH", SESSION, {"state": "ready"}, "session.state", "state_forbidden", 409),
        ("DELETE", SESSION, None, "session.end", "no_session", 404),
        ("POST", CALLS, {"number": "12345; drop"}, "call.manual", "malformed_number", 422),
        ("POST", CALLS, {"number": "13812341234"}, "call.manual", "no_session", 404),
        ("POST", CALLS, {"number": "13812341234"}, "call.manual", "dnc", 409),
        ("POST", CALLS, {"number": "13812341234"}, "call.manual", "which_campaign", 409),
        ("POST", CALLS, {"number": "13812341234"}, "call.manual", "emergency_stop", 409),
        ("PATCH", SESSION, {"state": "ready"}, "session.state", "disposition_missing", 409),
        ("POST", CALLS, {"number": "13812341234"}, "call.manual", "a_reason_of_tomorrow", 409),
        ("POST", f"{CALLS}/{new_id()}/hangup", None, "call.hangup", "unknown_call", 404),
        ("POST", f"{CALLS}/{new_id()}/hangup", None, "call.hangup", "not_your_call", 409),
        (
            "POST",
            f"{CALLS}/{new_id()}/disposition",
            {"disposition": "dnc"},
            "call.disposition",
            "not_in_wrap_up",
            409,
        ),
    ],
)
async def test_refusals(
    office: Office, method: str, path: str, body: Any, kind: str, reason: str, status: int
) -> None:
    who = await agent(office)
    async with engine_side(office, {kind: refused(reason)}):
        response = await office.http.request(method, path, json=body, headers=who.headers)
    assert assert_problem(response, status, reason)["detail"] == f"Because of {reason}."


async def test_the_recorder_is_tested_on_demand(office: Office) -> None:
    inspector = await office.someone(Role.QA_INSPECTOR)
    told = {"id": new_id(), "ok": False, "why": "there is no file of the agent's leg"}
    async with engine_side(office, {"recorder.self_test": ("done", told)}):
        response = await office.http.post(f"{V1}/recorder/self-test", headers=inspector.headers)
    assert (response.status_code, response.json()) == (200, told)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", SESSION, {"campaign_id": new_id(), "force": True}),
        ("POST", SESSION, {"campaign_id": "1"}),
        ("POST", SESSION, {}),
        ("POST", SESSION, {"campaign_ids": []}),
        ("POST", SESSION, {"campaign_ids": [new_id()], "campaign_id": new_id()}),
        ("POST", SESSION, {"campaign_ids": [TWICE, TWICE]}),
        ("POST", SESSION, {"campaign_ids": [TWICE, TWICE.upper()]}),
        ("POST", SESSION, {"campaign_ids": [new_id() for _ in range(11)]}),
        ("PATCH", SESSION, {"state": "paused"}),
        ("PATCH", SESSION, {"state": "ready", "reason": "x"}),
        ("PATCH", SESSION, {"state": "on_call"}),
        ("PATCH", SESSION, {"state": "paused", "reason": "a\r\nb"}),
        ("POST", CALLS, {"number": "13812341234", "to": "x"}),
        ("POST", CALLS, {"number": "13812341234", "campaign_id": "x"}),
        ("POST", CALLS, {"number": ""}),
        ("POST", CALLS, {"number": "1" * 33}),
        ("POST", CALLS, {"number": "138\r\nAction: Originate"}),
        ("POST", CALLS, {"number": 13812341234}),
        ("POST", f"{CALLS}/x/hangup", None),
        ("POST", f"{CALLS}/{new_id()}/disposition", {"disposition": "Great"}),
        ("POST", f"{CALLS}/{new_id()}/disposition", {"disposition": "sale", "remark": "x"}),
    ],
)
async def test_bad_bodies_never_reach_the_engine(office: Office, method: str, path: str, body: Any) -> None:
    who = await agent(office)
    response = await office.http.request(method, path, json=body, headers=who.headers)
    assert_problem(response, 422, "invalid_request")
    assert await office.rows(commands) == []


async def test_an_agent_without_a_phone(office: Office) -> None:
    who = await office.someone(Role.AGENT)
    response = await office.http.post(SESSION, json={"campaign_id": new_id()}, headers=who.headers)
    assert_problem(response, 409, "no_phone")
    assert await office.rows(commands) == []


async def test_a_silent_engine_is_a_503_in_time_and_the_command_is_dead(office: Office) -> None:
    who = await agent(office)
    begun = time.monotonic()
    response = await office.http.post(CALLS, json={"number": "13812341234"}, headers=who.headers)
    assert_problem(response, 503, "engine_unavailable")
    assert 0.5 < time.monotonic() - begun < 2
    (row,) = await office.rows(commands)
    assert (row.status, row.result) == ("failed", {"reason": "not_taken"}) and row.ended_at is not None


async def test_a_command_in_the_engine_s_hands_is_left_to_it(office: Office) -> None:
    who = await agent(office)
    async with engine_side(office, {"call.manual": ("taken", {})}):
        response = await office.http.post(CALLS, json={"number": "13812341234"}, headers=who.headers)
    assert "before you repeat" in assert_problem(response, 503, "engine_unavailable")["detail"]
    assert (await office.rows(commands))[0].status == "taken"


async def test_a_failed_command_is_a_503(office: Office) -> None:
    who = await agent(office)
    async with engine_side(office, {"call.manual": ("failed", {})}):
        response = await office.http.post(CALLS, json={"number": "13812341234"}, headers=who.headers)
    assert_problem(response, 503, "engine_unavailable")


async def test_polling_finds_the_answer_without_any_notification(office: Office) -> None:
    who = await agent(office)
    async with engine_side(office, {"call.manual": ("done", {"call_id": new_id()})}, speaks=False):
        response = await office.http.post(CALLS, json={"number": "13812341234"}, headers=who.headers)
    assert response.status_code == 201


async def test_a_notification_beats_the_polling(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.commands.POLL_S", 60.0)
    await asyncio.sleep(0.2)  # the listener connects
    who = await agent(office)
    async with engine_side(office, {"call.manual": ("done", {"call_id": new_id()})}):
        begun = time.monotonic()
        response = await office.http.post(CALLS, json={"number": "13812341234"}, headers=who.headers)
    assert response.status_code == 201 and time.monotonic() - begun < 0.5


async def test_an_asker_who_goes_away_takes_his_command_along(office: Office) -> None:
    desk = CommandDesk(office.engine)
    asking = asyncio.create_task(ask_engine(desk, NODE, CommandKind.SESSION_END, {}, None, timeout_s=5))
    await asyncio.sleep(0.2)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert (await office.rows(commands))[0].status == "failed"


async def test_an_answer_at_the_last_moment_counts(office: Office) -> None:
    desk = CommandDesk(office.engine, timeout_s=0.0)
    with pytest.raises(EngineUnavailable):
        await ask_engine(desk, NODE, CommandKind.SESSION_END, {}, None)
    async with office.engine.begin() as connection:  # a late engine finds nothing queued
        late = update(commands).where(commands.c.status == "queued").values(status="taken").returning(commands.c.id)
        assert (await connection.execute(late)).all() == []


async def test_a_supervisor_may_end_any_call_and_commands_go_to_its_node(office: Office) -> None:
    boss = await office.someone(Role.SUPERVISOR)
    call = await office.call(node="node-9")
    response = await office.http.post(f"{CALLS}/{call}/hangup", headers=boss.headers)
    assert_problem(response, 503, "engine_unavailable")
    (row,) = await office.rows(commands)
    assert (row.node, row.payload) == ("node-9", {"agent_id": None, "call_id": call})
