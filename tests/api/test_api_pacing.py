"""Pacing over HTTP: tuned with a reason, told live, explained in words for each cause, tried beforehand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from api.auth.roles import Role
from api.ids import new_id
from dialer.store.tables import pacing_moments, pacing_now
from tests.api.office import NODE, V1, Office, Someone, assert_problem
from tests.api.test_api_leads import a_lead, ask, beat, open_campaign, put

BODY: dict[str, Any] = {
    "mode": "predictive", "state": "running", "reason": "risk", "detail": "", "placing": 1, "lines": 9, "idle": 2,
    "talking": 5, "wrapping": 1, "paused": 0, "abandon_limit": 0.03, "most_lines": None, "answered": 90,
    "abandoned": 2, "loss": 0.051, "price": 0.032, "answer_rate": 0.3, "allowed": 0.028,
}  # fmt: skip


async def standing(office: Office, campaign: str, ago_s: float = 0, node: str = NODE, **other: Any) -> None:
    """What a dialer tells of the campaign."""
    at = datetime.now(UTC) - timedelta(seconds=ago_s)
    await put(office, pacing_now, campaign_id=campaign, node=node, at=at, body=BODY | other)


async def patch(office: Office, who: Someone, campaign: str, status: int = 200, **body: Any) -> dict[str, Any]:
    answer = await office.http.patch(f"{V1}/campaigns/{campaign}/pacing", headers=who.headers, json=body)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_change_is_kept_with_who_and_why(office: Office) -> None:
    manager, campaign = await office.someone(Role.MANAGER), await office.campaign()
    before = await ask(office, manager, f"/campaigns/{campaign}/pacing")
    assert (before["mode"], before["abandon_limit"], before["most_lines"], before["changes"]) == (
        *("progressive", 0.03, None),
        [],
    )
    await patch(office, manager, campaign, mode="predictive", abandon_limit=0.02, most_lines=40, why="投诉偏多")
    after = await patch(office, manager, campaign, most_lines=None, why="the trunk has room again")
    assert (after["mode"], after["abandon_limit"], after["most_lines"]) == ("predictive", 0.02, None)
    last, first = after["changes"]
    assert (first["why"], first["changed_by"], first["before"]["mode"]) == ("投诉偏多", manager.id, "progressive")
    assert (last["before"], last["after"]) == ({"most_lines": 40}, {"most_lines": None})
    again = await patch(office, manager, campaign, abandon_limit=0.02, why="the same")
    assert len(again["changes"]) == 2  # nothing was changed


@pytest.mark.parametrize(
    "nonsense",
    [
        {"abandon_limit": 0.031},
        {"abandon_limit": -0.01},
        {"abandon_limit": None},
        {"window_s": 2.5},
        {"window_s": 0},
        {"lines_per_agent": 0.5},
        {"lines_per_agent": 50},
        {"most_lines": 0},
        {"mode": "turbo"},
        {"why": "  "},
    ],
)
async def test_nonsense_is_refused_with_the_field(office: Office, nonsense: dict[str, Any]) -> None:
    manager, campaign = await office.someone(Role.MANAGER), await office.campaign()
    answer = await patch(office, manager, campaign, 422, **{"why": "w"} | nonsense)
    assert next(iter(nonsense)) in str(answer["errors"])


async def test_a_stopped_or_unknown_campaign_is_not_tuned(office: Office) -> None:
    manager, campaign = await office.someone(Role.MANAGER), await office.campaign(state="stopped")
    assert (await patch(office, manager, campaign, 409, abandon_limit=0.01, why="w"))["reason"] == "campaign_stopped"
    assert (await patch(office, manager, new_id(), 404, abandon_limit=0.01, why="w"))["reason"] == "unknown_campaign"


async def test_stats_count_as_both_laws_do_and_show_what_is_divided(office: Office) -> None:
    manager, campaign = await office.someone(Role.MANAGER), await office.campaign(mode="predictive")
    now = datetime.now(UTC)
    for abandoned, connected, ago in [(False, True, 0), (False, True, 0), (True, False, 0), (False, False, 0)]:
        at = now - timedelta(minutes=ago + 1)
        await office.call(
            campaign_id=campaign,
            opened_at=at,
            answered_at=at,
            ended_at=now,
            connected_at=at if connected else None,
            abandoned=abandoned,
        )
    await office.call(campaign_id=campaign, opened_at=now, answered_at=now)  # its fate is not known yet
    await office.call(campaign_id=campaign, mode="manual", answered_at=now, ended_at=now)
    await standing(office, campaign)
    found = await ask(office, manager, f"/campaigns/{campaign}/stats")
    assert found["hours_24"] == {
        "answered": 4,
        "connected": 2,
        "abandoned": 1,
        "tsr": 0.25,
        "ofcom": pytest.approx(1 / 3),
    }
    assert found["days_30"]["answered"] == 4 and found["now"]["lines"] == 9 and found["now"]["reason"] == "risk"


async def test_what_was_told_long_ago_is_not_how_it_stands(office: Office) -> None:
    manager, campaign = await office.someone(Role.MANAGER), await office.campaign()
    await standing(office, campaign, ago_s=30)
    found = await ask(office, manager, f"/campaigns/{campaign}/stats")
    assert found["now"] is None and found["today"]["tsr"] is None


async def test_two_nodes_are_told_together(office: Office) -> None:
    manager, campaign = await office.someone(Role.MANAGER), await office.campaign()
    await standing(office, campaign)
    await standing(office, campaign, node="node-2", lines=3, idle=1, reason="learning")
    now = (await ask(office, manager, f"/campaigns/{campaign}/stats"))["now"]
    assert (now["lines"], now["idle"], now["reason"]) == (12, 3, "risk")


async def test_moments_come_oldest_first_for_plots(office: Office) -> None:
    manager, campaign = await office.someone(Role.MANAGER), await office.campaign()
    now = datetime.now(UTC)
    rows = [
        {"campaign_id": campaign, "node": NODE, "at": now - timedelta(seconds=5 * n), "body": BODY | {"lines": n}}
        for n in range(1000)
    ]
    async with office.engine.begin() as connection:
        await connection.execute(insert(pacing_moments), rows)
    found = (await ask(office, manager, f"/campaigns/{campaign}/pacing/moments?minutes=1440"))["items"]
    assert 500 <= len(found) <= 720 and found[0]["at"] < found[-1]["at"] and found[0]["price"] == 0.032
    assert len((await ask(office, manager, f"/campaigns/{campaign}/pacing/moments?minutes=1"))["items"]) == 12


# -- why -------------------------------------------------------------------------------------------------------


async def causes(office: Office, leads: int = 1, **told: Any) -> dict[str, dict[str, str]]:
    manager, campaign = await office.someone(Role.MANAGER), await open_campaign(office)
    await beat(office)
    for _ in range(leads):
        await a_lead(office, campaign)
    await standing(office, campaign, **told)
    found = await ask(office, manager, f"/campaigns/{campaign}/why")
    return {each["reason"]: each for each in found["causes"]}


@pytest.mark.parametrize(
    ("told", "en", "zh"),
    [
        ({"reason": "risk"}, "lost with chance 5.1%; the day's budget allows 3.2%", "5.1%"),
        ({"reason": "no_agent_ready", "idle": 0}, "5 in calls, 1 in wrap-up, 0 paused", "5 人通话中"),
        ({"reason": "lines_in_flight"}, "2 free agents has a line on its way: 9 in the air", "共 9 路"),
        ({"reason": "trunk_channels"}, "All channels of the trunk", "中继"),
        ({"reason": "calls_per_second"}, "no more calls a second", "每秒"),
        ({"reason": "most_lines", "most_lines": 9}, "own cap of 9 lines", "9 路"),
        ({"reason": "budget_spent"}, "2 of 90 answered calls, the limit is 3.0%", "上限 3.0%"),
        ({"reason": "learning"}, "too few calls have ended", "学习"),
        ({"reason": "carrier_failing"}, "The carrier fails", "运营商"),
        ({"reason": "lines_per_agent"}, "9 in the air for 2 free agents", "2 位"),
        ({"reason": "facts_disagree"}, "The clock went back", "时钟"),
        ({"reason": "agents_shared"}, "other campaigns", "其他活动"),
    ],
)
async def test_each_cause_is_said_in_both_languages(office: Office, told: dict[str, Any], en: str, zh: str) -> None:
    found = await causes(office, **told)
    assert list(found) == [told["reason"]]
    assert en in found[told["reason"]]["en"] and zh in found[told["reason"]]["zh"]


async def test_two_causes_at_once_are_both_said(office: Office) -> None:
    away = {"idle": 0, "talking": 0, "wrapping": 0, "paused": 4}
    found = await causes(office, leads=0, reason="no_agent_ready", **away)
    assert list(found) == ["no_agent_ready", "all_paused", "nothing_due"]
    assert found["all_paused"]["en"] == "All 4 agents are paused."


async def test_nobody_there_is_told_apart_from_everybody_busy(office: Office) -> None:
    away = {"idle": 0, "talking": 0, "wrapping": 0}
    assert "no_agents" in await causes(office, reason="no_agent_ready", **away)


async def test_without_a_dialer_that_tells_of_it_nothing_else_is_claimed(office: Office) -> None:
    assert list(await causes(office, ago_s=60)) == ["no_dialer"]


# -- what if ---------------------------------------------------------------------------------------------------


async def test_a_what_if_stands_on_the_campaigns_own_hours(office: Office) -> None:
    manager, campaign = await office.someone(Role.MANAGER), await office.campaign(mode="predictive")
    path = f"{V1}/campaigns/{campaign}/pacing/simulate"
    wanted = {"abandon_limits": [0.0], "hours": 0.1, "days": 1}
    assert_problem(await office.http.post(path, headers=manager.headers, json=wanted), 409, "no_history")
    now = datetime.now(UTC)
    for n in range(40):
        at = now - timedelta(minutes=n + 2)
        answered = at if n % 2 else None
        ended = at + timedelta(seconds=60)
        times = {"opened_at": at, "answered_at": answered, "connected_at": answered, "ended_at": ended}
        await office.call(campaign_id=campaign, **times)
    await put(office, pacing_moments, campaign_id=campaign, node=NODE, at=now, body=BODY)
    answer = await office.http.post(path, headers=manager.headers, json=wanted)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["agents"], found["answer_rate"], found["talk_s"]) == (8, 0.5, 60.0)
    assert found["wrap_s"] == pytest.approx(12.0) and found["tried"][0]["abandon_rate"] == 0
    assert found["tried"][0]["utilisation"] > 0.2
