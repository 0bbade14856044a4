"""When each region is called: entered, refused with its row and field, kept by the gates, told by `why`."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.auth.roles import Role
from dialer.core.ledger import EntryKind
from dialer.store.roster import CAMPAIGNS, Roster
from tests.api.office import V1, Office, assert_problem
from tests.api.test_api_leads import a_lead, beat, by_rule, open_campaign
from tests.api.test_api_leads import ask as read
from tests.api.test_api_retention import ask, witnessed

WORKING = [{"opens_at": "09:00:00", "closes_at": "12:00:00"}, {"opens_at": "14:00:00", "closes_at": "20:00:00"}]
NIGHT = {"opens_at": "20:00:00", "closes_at": "08:00:00"}


def a_calendar(region: str | None = "广东", **hours: Any) -> dict[str, Any]:
    return {"region": region, "hours": hours, "reason": "2027 年春节"}


def a_day(day: str = "2027-02-06", **other: Any) -> dict[str, Any]:
    return {"day": day, "name": "春节", "windows": []} | other


async def test_a_region_s_hours_are_made_changed_and_taken_back_and_each_change_is_witnessed(office: Office) -> None:
    boss, agent = await office.someone(Role.SUPERVISOR), await office.someone(Role.AGENT)
    made = a_calendar(usual=WORKING, weekend=[], days=[a_day(), a_day("2027-02-14", name="调休", windows=None)])
    assert (await ask(office, boss, "PUT", "/calendars", json=made)).status_code == 200
    everywhere = a_calendar(None, days=[a_day("2027-01-01", name="元旦")])
    assert (await ask(office, boss, "PUT", "/calendars", json=everywhere)).status_code == 200
    centre, region = (await ask(office, agent, "GET", "/calendars")).json()["items"]
    assert (centre["region"], centre["hours"]["days"][0]["name"]) == (None, "元旦")
    assert (region["region"], region["hours"]) == ("广东", made["hours"])
    assert (region["changed_by"], region["changed_by_name"]) == (boss.id, boss.username)
    again = await ask(office, boss, "PUT", "/calendars", json=a_calendar(usual=WORKING[:1]))
    assert again.json()["items"][1]["hours"] == {"usual": WORKING[:1], "weekend": None, "days": []}
    gone = await ask(office, boss, "PUT", "/calendars", json=a_calendar() | {"hours": None})
    assert [each["region"] for each in gone.json()["items"]] == [None]
    changes = [entry.body for entry in await witnessed(office, EntryKind.POLICY_CHANGE)]
    assert [(body["region"], body["before"] is None, body["after"] is None) for body in changes] == [
        ("广东", True, False),
        ("", True, False),
        ("广东", False, False),
        ("广东", False, True),
    ]


@pytest.mark.parametrize(
    ("hours", "field", "words"),
    [
        ({"usual": [*WORKING, WORKING[0]]}, "body.hours.usual", "in their order"),
        ({"usual": [WORKING[0], NIGHT]}, "body.hours.usual.1", "before closes_at"),
        ({"weekend": [{"opens_at": "9", "closes_at": "12:00:00"}]}, "body.hours.weekend.0.opens_at", "time"),
        ({"days": [a_day(), a_day("2027-02-30")]}, "body.hours.days.1.day", "date"),
        ({"days": [a_day(), a_day("0001-01-01")]}, "body.hours.days.1.day", "2000"),
        ({"days": [a_day(), a_day("2027-02-07", windows=[NIGHT])]}, "body.hours.days.1.windows.0", "before"),
        ({"days": [a_day(), a_day("2027-02-07"), a_day()]}, "body.hours", "days 0 and 2"),
        ({"days": [a_day(name=" ")]}, "body.hours.days.0.name", "character"),
    ],
)
async def test_what_cannot_be_a_calendar_is_refused_with_its_row_and_field(
    office: Office, hours: dict[str, Any], field: str, words: str
) -> None:
    boss = await office.someone(Role.MANAGER)
    answer = await ask(office, boss, "PUT", "/calendars", json=a_calendar(**hours))
    [error] = assert_problem(answer, 422, "invalid_request")["errors"]
    assert error["field"] == field and words in error["message"]
    assert (await ask(office, boss, "GET", "/calendars")).json() == {"items": []}


async def test_a_new_holiday_closes_a_region_s_numbers_at_once_and_why_says_so(office: Office) -> None:
    boss, campaign = await office.someone(Role.MANAGER), await open_campaign(office)
    await beat(office)
    lead = await a_lead(office, campaign, region="广东")
    elsewhere = await a_lead(office, campaign, region="新疆", number="+8613812349999")
    roster = Roster(office.engine)
    await roster.wait(0.01)  # it listens from now on
    today = datetime.now(UTC).astimezone(ZoneInfo("Asia/Shanghai")).date().isoformat()
    await ask(office, boss, "PUT", "/calendars", json=a_calendar(days=[a_day(today)]))
    assert await roster.wait(5), f"the engines are told by {CAMPAIGNS}"
    assert list(await roster.calendars()) == ["广东"]
    await roster.close()
    hours = by_rule(await read(office, boss, f"/leads/{lead}/why"))["hours"]
    assert (hours["permits"], hours["reason"]) == (False, "outside_hours")
    told = {name: hours["facts"][name] for name in ("region", "calendars", "special_day")}
    assert told == {"region": "广东", "calendars": "广东", "special_day": True}
    assert by_rule(await read(office, boss, f"/leads/{elsewhere}/why"))["hours"]["permits"]
    found = await office.http.get(f"{V1}/campaigns/{campaign}/why", headers=boss.headers)
    assert sorted((str(each["reason"]), each["count"]) for each in found.json()["due_now"]) == [
        ("None", 1),
        ("outside_hours", 1),
    ]
