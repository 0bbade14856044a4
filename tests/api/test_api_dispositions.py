"""Sets of dispositions: the usual one, a campaign's own, and what cannot be one."""

import asyncio
from typing import Any

import pytest

from api.auth.roles import Role
from api.ids import new_id
from dialer.core.disposition import DEFAULT, Meaning
from tests.api.office import V1, Office, assert_problem, heard_by_engines

USUAL = f"{V1}/dispositions"
OTHER: dict[str, Any] = {"code": "other", "meaning": "contact", "text_zh": "其他", "text_en": "Other"}
SOLD: dict[str, Any] = {"code": "sold", "meaning": "success", "text_zh": "售出", "text_en": "Sold", "hotkey": "1"}
BUSY: dict[str, Any] = {
    "code": "busy",
    "meaning": "not_reached",
    "text_zh": "占线",
    "text_en": "Busy",
    "retry": {"delay_s": 900, "most": 2, "other_number": True},
}


async def test_a_campaign_has_the_usual_set_until_it_has_its_own(office: Office) -> None:
    boss = await office.someone(Role.MANAGER)
    campaign = await office.campaign()
    url = f"{V1}/campaigns/{campaign}/dispositions"
    usual = (await office.http.get(USUAL, headers=boss.headers)).json()
    assert [row["code"] for row in usual["items"]] == [row.code for row in DEFAULT] and not usual["own"]
    assert (await office.http.get(url, headers=boss.headers)).json() == usual
    async with heard_by_engines(office) as heard, asyncio.timeout(5):
        chosen = await office.http.put(url, json={"items": [BUSY, SOLD, OTHER]}, headers=boss.headers)
        assert chosen.status_code == 200 and await heard.get() == campaign
    own = (await office.http.get(url, headers=boss.headers)).json()
    assert own == chosen.json() and own["own"] and [row["code"] for row in own["items"]] == ["busy", "sold", "other"]
    assert own["items"][0]["retry"] == BUSY["retry"] and own["items"][1]["retry"] is None
    assert (await office.http.get(USUAL, headers=boss.headers)).json() == usual
    emptied = await office.http.put(url, json={"items": []}, headers=boss.headers)
    assert emptied.json() == usual


async def test_another_usual_set_holds_for_every_campaign_without_its_own(office: Office) -> None:
    boss = await office.someone(Role.SUPERVISOR)
    url = f"{V1}/campaigns/{await office.campaign()}/dispositions"
    await office.http.put(USUAL, json={"items": [SOLD, OTHER]}, headers=boss.headers)
    assert [row["code"] for row in (await office.http.get(url, headers=boss.headers)).json()["items"]] == [
        "sold",
        "other",
    ]


async def test_what_a_disposition_does_to_the_number_is_said(office: Office) -> None:
    agent = await office.someone(Role.AGENT)
    rows = (await office.http.get(USUAL, headers=agent.headers)).json()["items"]
    assert {row["meaning"] for row in rows} == {meaning.value for meaning in Meaning}
    assert [row["code"] for row in rows if row["on_dnc"]] == ["refused", "dnc", "opt_out"]
    assert [row["code"] for row in rows if row["suggests_dnc"]] == ["nuisance"]


@pytest.mark.parametrize(
    "items",
    [
        [SOLD, SOLD, OTHER],
        [SOLD, OTHER | {"hotkey": "1"}],
        [SOLD],
        [SOLD | {"by_hand": False}, OTHER | {"by_hand": False}],
        [OTHER | {"is_active": False}],
        [OTHER, {**OTHER, "code": "congestion"}],
        [OTHER | {"code": "O"}],
        [OTHER | {"meaning": "luck"}],
        [OTHER, BUSY | {"retry": {"delay_s": 1}}],
    ],
)
async def test_a_set_by_which_no_call_can_be_finished_is_refused(office: Office, items: list[Any]) -> None:
    boss = await office.someone(Role.MANAGER)
    answer = await office.http.put(USUAL, json={"items": items}, headers=boss.headers)
    assert_problem(answer, 422, "invalid_request")
    assert not (await office.http.get(USUAL, headers=boss.headers)).json()["own"]


async def test_a_campaign_that_is_not_there_has_no_set(office: Office) -> None:
    boss = await office.someone(Role.MANAGER)
    url = f"{V1}/campaigns/{new_id()}/dispositions"
    assert_problem(await office.http.get(url, headers=boss.headers), 404, "unknown_campaign")
    assert_problem(await office.http.put(url, json={"items": []}, headers=boss.headers), 404, "unknown_campaign")
