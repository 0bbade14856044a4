"""The live floor: everything in one answer, its figures and its lamps."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, insert

from api.auth.roles import Role
from api.floor import rules
from api.floor.rules import Census, Tally
from api.floor.schemas import Counts, Lamp, LampName, LampState
from api.health.rules import Beat
from dialer.store.tables import nodes
from tests.api.office import NODE, V1, Office

NOW = datetime(2026, 11, 24, 16, 0, 30, tzinfo=UTC)  # half a minute past midnight in Shanghai
ZONE = ZoneInfo("Asia/Shanghai")
WELL: dict[str, Any] = {
    "dialing": True,
    "why": [],
    "asterisk": True,
    "links": {"ari": True, "ami": True},
    "trunks": {"practice": "online"},
    "recorder": {"ok": True, "why": "", "free_mb": 9000},
}
STOPPED = {"kind": "recorder_stopped", "detail": "somebody stopped it"}
AWAY = {"kind": "worker_away", "detail": "no sign of life"}


async def test_the_floor_shows_who_is_at_work_and_what_is_in_the_air(office: Office) -> None:
    boss = await office.someone(Role.SUPERVISOR)
    agent = await office.someone(Role.AGENT, extension="1001")
    campaign = await office.campaign(name="青云", priority=70)
    now = datetime.now(UTC)
    call = await office.call(campaign_id=campaign, agent_id=agent.id, answered_at=now, connected_at=now)
    await office.call(campaign_id=campaign)
    await office.call(campaign_id=campaign, answered_at=now, ended_at=now, abandoned=True)
    await office.session(agent.id, campaign, campaign_ids=[campaign], state="on_call", attempt_id=call)
    async with office.engine.begin() as connection:
        health = WELL | {"campaigns": {campaign: "no_agent_ready"}}
        await connection.execute(insert(nodes).values(name=NODE, heartbeat_at=func.now(), health=health))
    floor = (await office.http.get(f"{V1}/floor", headers=boss.headers)).json()
    (shown,) = floor["agents"]
    assert shown["agent_id"] == agent.id and shown["username"] == agent.username and shown["call_id"] == call
    assert shown["state"] == "on_call" and shown["campaign_ids"] == [campaign]
    in_air = [(item["state"], item["number"]) for item in floor["calls"]]
    assert in_air == [("connected", "138****1234"), ("dialing", "138****1234")]
    (row,) = floor["campaigns"]
    assert (row["name"], row["state"], row["priority"], row["reason"]) == ("青云", "running", 70, "no_agent_ready")
    assert (row["dialed"], row["answered"], row["connected"], row["abandoned"]) == (3, 2, 1, 1)
    figures = floor["figures"]
    assert figures["in_air"] == {"dialing": 1, "waiting": 0, "connected": 1}
    assert figures["agents"] == {"paused": 0, "ready": 0, "reserved": 0, "on_call": 1, "wrap_up": 0}
    assert figures["answer_rate"] == 0.6667 and figures["abandon_rate"] == 0.5 and figures["recordings_open"] == 3
    assert len(figures["minutes"]) == 60 and sum(point["dialed"] for point in figures["minutes"]) == 3
    states = {lamp["name"]: lamp["state"] for lamp in floor["lamps"]}
    assert states.pop("worker") == "down" and set(states.values()) == {"ok"}
    assert floor["emergency_stop"]["active"] is False and floor["cursor"]


def test_a_trunk_that_nobody_asks_after_does_not_darken_the_others() -> None:
    assert lamp(LampName.TRUNK, beat(trunks={"a": "online", "b": "unknown"})).state is LampState.OK


async def test_many_who_look_cost_the_figures_once(office: Office) -> None:
    boss = await office.someone(Role.SUPERVISOR)
    await office.campaign()
    first = (await office.http.get(f"{V1}/floor", headers=boss.headers)).json()
    await office.campaign()
    second = (await office.http.get(f"{V1}/floor", headers=boss.headers)).json()
    assert len(first["campaigns"]) == 1 and second["campaigns"] == first["campaigns"]


# -- rules ---------------------------------------------------------------------------------------------------------


def counts(dialed: int, answered: int = 0, connected: int = 0, abandoned: int = 0) -> Counts:
    return Counts(dialed=dialed, answered=answered, connected=connected, abandoned=abandoned)


def census(*tallies: Tally, **recordings: int) -> Census:
    return Census(NOW, tallies, {}, {}, recordings)


def test_yesterday_is_in_the_minutes_and_not_in_the_day() -> None:
    before, after = NOW.replace(second=0) - timedelta(minutes=1), NOW.replace(second=0)
    tallies = (Tally("c", False, before, counts(5, 2)), Tally("c", True, after, counts(1)))
    found = rules.figures(census(*tallies, present=1), ZONE)
    assert found.day.isoformat() == "2026-11-25" and found.dialed == 1 and found.recordings_open == 0
    assert [point.dialed for point in found.minutes[-2:]] == [5, 1] and found.minutes[-1].at == after


def test_nothing_has_no_rate() -> None:
    empty = rules.figures(census(), ZONE)
    assert empty.answer_rate is None and empty.abandon_rate is None and len(empty.minutes) == 60


@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans(), st.integers(0, 59), st.integers(1, 9))))
def test_no_call_is_lost_between_the_campaigns_and_the_day(calls: list[tuple[str, bool, int, int]]) -> None:
    first = rules.hour_start(NOW)
    tallies = [Tally(who, today, first + timedelta(minutes=n), counts(dialed)) for who, today, n, dialed in calls]
    found = rules.figures(census(*tallies), ZONE)
    assert sum(item.dialed for item in rules.by_campaign(census(*tallies)).values()) == found.dialed
    assert sum(point.dialed for point in found.minutes) == sum(dialed for *_rest, dialed in calls)


def beat(age_s: float = 1, **health: Any) -> Beat:
    return Beat(NOW - timedelta(seconds=age_s), NOW, WELL | health)


def lamp(name: LampName, dialer: Beat | None, worker: Beat | None = None) -> Lamp:
    return next(item for item in rules.lamps(dialer, worker, reserve_mb=1000) if item.name is name)


def test_all_lamps_are_green() -> None:
    worker = Beat(NOW, NOW, {"backlog": 3, "failed": 0, "orphans": 0})
    found = rules.lamps(beat(), worker, reserve_mb=1000)
    assert [item.name for item in found] == list(LampName)
    assert all(item.state is LampState.OK and item.why is None for item in found)


@pytest.mark.parametrize(
    ("name", "health", "state", "words"),
    [
        (LampName.DIALER, {"dialing": False, "why": ["Asterisk is away."]}, LampState.WARNING, "Asterisk is away."),
        (LampName.DIALER, {"dialing": False}, LampState.WARNING, "about to stop"),
        (LampName.ASTERISK, {"asterisk": False}, LampState.DOWN, "asterisk.log"),
        (LampName.ASTERISK, {"links": {"ari": True, "ami": False}}, LampState.WARNING, "ami"),
        (LampName.ASTERISK, {"asterisk": "yes"}, LampState.UNKNOWN, "dialer"),
        (LampName.TRUNK, {"trunks": {"practice": "offline"}}, LampState.DOWN, "practice"),
        (LampName.TRUNK, {"trunks": {"a": "online", "b": "offline"}}, LampState.WARNING, "answer on b"),
        (LampName.TRUNK, {"trunks": {"a": "unknown"}}, LampState.UNKNOWN, "qualify_frequency"),
        (LampName.TRUNK, {"trunks": None}, LampState.UNKNOWN, "dialer"),
        (LampName.RECORDER, {"recorder": {"ok": False, "why": "no module"}}, LampState.DOWN, "no module"),
        (LampName.RECORDER, {"recorder": True}, LampState.UNKNOWN, "dialer"),
        (LampName.RECORDER, {"recorder": {"ok": True, "incidents": [STOPPED]}}, LampState.DOWN, "somebody stopped"),
        (LampName.RECORDER, {"recorder": {"ok": True, "incidents": [AWAY, STOPPED]}}, LampState.DOWN, "stopped"),
        (LampName.RECORDER, {"recorder": {"ok": True, "incidents": [AWAY]}}, LampState.WARNING, "no sign of life"),
        (LampName.DISK, {"recorder": {"free_mb": 9000, "reserve_mb": 9001}}, LampState.DOWN, "9001 MB"),
        (LampName.DISK, {"recorder": {"free_mb": 900}}, LampState.DOWN, "900 MB"),
        (LampName.DISK, {"recorder": {"free_mb": 1900}}, LampState.WARNING, "1900 MB"),
        (LampName.DISK, {"recorder": {"free_mb": "much"}}, LampState.UNKNOWN, "dialer"),
    ],
)
def test_a_lamp_says_what_to_do(name: LampName, health: dict[str, Any], state: LampState, words: str) -> None:
    found = lamp(name, beat(**health))
    assert found.state is state and found.why is not None and words in found.why


@pytest.mark.parametrize("dialer", [None, beat(42)])
def test_a_dead_dialer_leaves_its_parts_unknown(dialer: Beat | None) -> None:
    assert lamp(LampName.DIALER, dialer).state is LampState.DOWN
    assert lamp(LampName.TRUNK, dialer).state is lamp(LampName.DISK, dialer).state is LampState.UNKNOWN


@pytest.mark.parametrize(
    ("worker", "state", "words"),
    [
        (None, LampState.DOWN, "never ran"),
        (Beat(NOW, NOW, {"failed": 2}), LampState.WARNING, "2 recordings"),
        (Beat(NOW, NOW, {"orphans": 1}), LampState.WARNING, "verify"),
        (Beat(NOW, NOW, {"backlog": 500}), LampState.WARNING, "500 calls"),
        (Beat(NOW, NOW, {"backlog": "many"}), LampState.OK, ""),
    ],
)
def test_the_worker_lamp(worker: Beat | None, state: LampState, words: str) -> None:
    found = lamp(LampName.WORKER, beat(), worker)
    assert found.state is state and words in (found.why or "")


def test_without_the_database_only_its_own_lamp_is_known() -> None:
    found = {item.name: item.state for item in rules.lamps_without_database()}
    assert found.pop(LampName.DATABASE) is LampState.DOWN and set(found.values()) == {LampState.UNKNOWN}
