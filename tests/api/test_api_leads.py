"""Why a number is called or is not, over HTTP: each rule's answer, what it stood on, when it changes."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from api.auth.roles import Role
from api.ids import new_id
from dialer.store.gate_tables import dnc, dnc_prefixes
from dialer.store.selection_tables import callbacks
from dialer.store.tables import emergency_stops, leads, lists, nodes
from tests.api.office import NODE, NUMBER, V1, Office, Someone, assert_problem

WELL = {"asterisk": True, "store": True, "dialing": True, "why": []} | {
    "recorder": {"ok": True, "why": "", "free_mb": 9000, "reserve_mb": 1024, "incidents": []}
}
PROOF = {"consent_source": "web", "consent_basis": "written", "consent_proof": "3-12"}


async def a_lead(office: Office, campaign: str, **other: Any) -> str:
    values = {"id": new_id(), "campaign_id": campaign, "number": NUMBER} | PROOF | other
    async with office.engine.begin() as connection:
        await connection.execute(insert(leads).values(values))
    return str(values["id"])


async def put(office: Office, table: Any, **values: Any) -> None:
    async with office.engine.begin() as connection:
        await connection.execute(insert(table).values(values))


async def beat(office: Office, **other: Any) -> None:
    await put(office, nodes, name=NODE, heartbeat_at=datetime.now(UTC), health=WELL | other)


async def open_campaign(office: Office, **other: Any) -> str:
    """One that may call at any hour: the practice floor's rules hold."""
    hours = {"opens_at": datetime.min.time(), "closes_at": datetime.max.time(), "closing_margin_s": 0}
    return await office.campaign(**hours | {"preset": "practice", "trunk": "practice"} | other)


async def ask(office: Office, who: Someone, path: str, status: int = 200) -> dict[str, Any]:
    answer = await office.http.get(f"{V1}{path}", headers=who.headers)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def by_rule(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["rule"]: each for each in found["answers"]}


async def test_a_number_that_is_called_says_yes_to_every_rule(office: Office) -> None:
    manager, campaign = await office.someone(Role.MANAGER), await open_campaign(office)
    await beat(office)
    lead = await a_lead(office, campaign)
    found = await ask(office, manager, f"/leads/{lead}/why")
    assert found["callable"] and found["first_reason"] is None and found["again_at"] is None, found
    assert [each["rule"] for each in found["answers"]] == [
        *("emergency_stop", "dialer", "store", "asterisk", "recorder", "disk", "recordings", "campaign"),
        *("number", "issued", "do_not_call", "consent", "list", "hours", "caller_id", "attempts", "frequency"),
        "after_abandon",
    ]
    assert found["number"] == "138****1234" and found["selection"]["due"]
    seen = await ask(office, manager, f"/leads/{lead}")
    assert seen["number"] == "138****1234" and seen["consent"]["basis"] == "written" and seen["holder"] == "stock"
    clerk = await office.someone(Role.DATA_ENTRY_CLERK)
    assert (await ask(office, clerk, f"/leads/{lead}"))["number"] == NUMBER


async def test_every_refusal_is_there_with_what_it_stood_on(office: Office) -> None:
    manager, campaign = await office.someone(Role.MANAGER), await open_campaign(office, state="paused")
    now = datetime.now(UTC)
    await beat(office)
    off = new_id()
    await put(office, lists, id=off, campaign_id=campaign, name="off", is_active=False)
    lead = await a_lead(office, campaign, list_id=off, attempts=3, next_at=now + timedelta(hours=2))
    await office.call(opened_at=now - timedelta(hours=4), number=NUMBER)
    await put(office, dnc, number=NUMBER, reason="opt_out", scope="centre")
    await put(office, dnc_prefixes, prefix="+86138", reason="region", scope="campaign", campaign_id=campaign)
    await put(office, emergency_stops, id=new_id(), how="cut", reason="x", stopped_by=manager.id)
    found = await ask(office, manager, f"/leads/{lead}/why")
    answers = by_rule(found)
    refused = {rule for rule, each in answers.items() if not each["permits"]}
    assert refused == {"emergency_stop", "campaign", "do_not_call", "list", "attempts", "frequency"}
    assert found["first_reason"] == "emergency_stop" and found["again_at"] is None and not found["selection"]["due"]
    free = datetime.fromisoformat(answers["frequency"]["changes_at"])
    assert abs(free - (now + timedelta(hours=20))) < timedelta(seconds=1)
    assert answers["attempts"]["facts"] == {"attempts": 3, "most": 3}
    assert {(each["scope"], each["prefix"]) for each in found["do_not_call"]} == {
        ("centre", None),
        ("campaign", "+86138"),
    }


async def test_who_waits_for_a_cap_is_told_when_it_ends(office: Office) -> None:
    manager, campaign = await office.someone(Role.MANAGER), await open_campaign(office)
    await beat(office)
    lead = await a_lead(office, campaign, attempts=1)
    opened = datetime.now(UTC) - timedelta(hours=1)
    await office.call(opened_at=opened, number=NUMBER)
    found = await ask(office, manager, f"/leads/{lead}/why")
    assert found["first_reason"] == "frequency_cap"
    assert abs(datetime.fromisoformat(found["again_at"]) - opened - timedelta(days=1)) < timedelta(seconds=1)


async def test_a_promised_call_may_exceed_a_cap_and_says_who_promised_it(office: Office) -> None:
    manager, campaign = await office.someone(Role.MANAGER), await open_campaign(office)
    agent = await office.someone(Role.AGENT)
    await beat(office)
    lead, call = await a_lead(office, campaign, state="callback", attempts=3), await office.call()
    now = datetime.now(UTC)
    made = {"id": call, "lead_id": lead, "campaign_id": campaign, "agent_id": agent.id, "due_at": now, "made_at": now}
    await put(office, callbacks, **made, note="500M")
    found = await ask(office, manager, f"/leads/{lead}/why")
    frequency = by_rule(found)["frequency"]
    assert found["callable"] and frequency["facts"]["day_most"] == 2
    assert (frequency["override"]["what"], frequency["override"]["by"]) == ("callback", agent.username)


async def test_a_silent_dialer_closes_everything(office: Office) -> None:
    manager, campaign = await office.someone(Role.MANAGER), await open_campaign(office)
    lead = await a_lead(office, campaign)
    for path in (f"/leads/{lead}/why", f"/campaigns/{campaign}/why"):
        answers = by_rule(await ask(office, manager, path))
        assert not answers["dialer"]["permits"] and "start it" in answers["dialer"]["detail"]
        assert "recorder" not in answers


async def test_an_agent_sees_what_he_holds_or_has_called_alone(office: Office) -> None:
    agent, campaign = await office.someone(Role.AGENT), await open_campaign(office)
    lead = await a_lead(office, campaign)
    held = await a_lead(office, campaign, number="+8613812349999", holder="agent", holder_id=agent.id)
    assert (await ask(office, agent, f"/leads/{held}"))["holder_id"] == agent.id
    assert_problem(await office.http.get(f"{V1}/leads/{lead}", headers=agent.headers), 404, "unknown_lead")
    await office.call(lead_id=lead, agent_id=agent.id)
    assert (await ask(office, agent, f"/leads/{lead}/why"))["lead_id"] == lead


async def test_a_number_is_found_as_a_person_types_it(office: Office) -> None:
    manager = await office.someone(Role.MANAGER)
    there = {await a_lead(office, await open_campaign(office)) for _ in range(2)}
    found = await ask(office, manager, "/leads?number=138-1234-1234")
    assert {each["id"] for each in found["items"]} == there
    assert_problem(await office.http.get(f"{V1}/leads?number=110", headers=manager.headers), 422, "malformed_number")


async def test_a_campaign_says_what_its_numbers_wait_for(office: Office) -> None:
    manager, campaign = await office.someone(Role.MANAGER), await open_campaign(office)
    await beat(office, campaigns={campaign: "no_agent"})
    soon = datetime.now(UTC) + timedelta(hours=1)
    await a_lead(office, campaign)
    await a_lead(office, campaign, number="+8613800000002", consent_proof=None)
    await a_lead(office, campaign, number="+8613800000003", consent_proof=None)
    await a_lead(office, campaign, number="+8613800000004", next_at=soon, reason="busy")
    await a_lead(office, campaign, number="+8613800000005", holder="agent", holder_id=manager.id)
    found = await ask(office, manager, f"/campaigns/{campaign}/why")
    assert found["dialing"] and found["engine_reason"] == "no_agent" and found["due"] == {"count": 3, "whole": True}
    assert [(each["reason"], each["count"]) for each in found["due_now"]] == [("no_consent", 2), (None, 1)]
    assert [(each["reason"], each["count"]) for each in found["later"]] == [("busy", 1)]
    assert datetime.fromisoformat(found["next_at"]) == soon and found["held_count"] == {"count": 5, "whole": True}
    assert_problem(
        await office.http.get(f"{V1}/campaigns/{new_id()}/why", headers=manager.headers), 404, "unknown_campaign"
    )
