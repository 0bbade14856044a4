"""What went wrong is seen at once, taken over by somebody, and closed with a reason that stays."""

from datetime import UTC, datetime
from typing import Any

import pytest

from api.auth.roles import Role
from api.ids import new_id
from dialer.core.incidents import Incident, IncidentKind
from dialer.core.ledger import EntryKind
from dialer.store import incidents as store
from dialer.store import ledger
from recordings.vault import Vault
from tests.api.office import V1, Office, Someone, assert_problem
from tests.api.streams import served, watching

INCIDENTS = f"{V1}/incidents"
DONE = "The disk was enlarged.\n200 GB are free."


async def wrong(
    office: Office, kind: IncidentKind = IncidentKind.NOT_RECORDED, subject: str = "", call: str | None = None
) -> None:
    found = Incident(kind, subject or call or new_id(), datetime.now(UTC), "Answered, not recorded.", call)
    async with office.engine.begin() as connection:
        assert await store.open_incident(connection, found)


async def listed(office: Office, who: Someone, **params: Any) -> list[dict[str, Any]]:
    answer = await office.http.get(INCIDENTS, headers=who.headers, params=params)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def do(office: Office, who: Someone, incident: str, what: str, body: Any = None) -> Any:
    return await office.http.post(f"{INCIDENTS}/{incident}/{what}", headers=who.headers, json=body)


async def test_an_inspector_takes_it_over_and_closes_it_with_what_was_done(office: Office) -> None:
    inspector, boss = await office.someone(Role.QA_INSPECTOR), await office.someone(Role.MANAGER)
    await wrong(office, IncidentKind.DISK_RESERVE, "node-1")
    [found] = await listed(office, inspector)
    assert found["stops_dialing"] and found["owner_id"] is None and found["closed_at"] is None
    counted = (await office.http.get(f"{INCIDENTS}/standing", headers=boss.headers)).json()
    assert counted == {"open": 1, "unowned": 1, "stops_dialing": ["disk_reserve"]}
    taken = (await do(office, boss, found["id"], "take")).json()
    assert taken["owner_name"] == boss.username
    taken = (await do(office, inspector, found["id"], "take")).json()
    assert taken["owner_id"] == inspector.id and taken["owned_at"] is not None
    assert [item["id"] for item in await listed(office, inspector, mine=True)] == [found["id"]]
    assert await listed(office, boss, mine=True) == []
    closed = (await do(office, inspector, found["id"], "close", {"resolution": f"  {DONE} "})).json()
    assert (closed["resolution"], closed["closed_by_name"]) == (DONE, inspector.username)
    assert await listed(office, inspector) == []
    assert [item["id"] for item in await listed(office, inspector, which="all")] == [found["id"]]
    counted = (await office.http.get(f"{INCIDENTS}/standing", headers=boss.headers)).json()
    assert counted == {"open": 0, "unowned": 0, "stops_dialing": []}
    async with office.engine.connect() as connection:
        last = [row.entry async for row in ledger.read_rows(connection)][-1]
    assert last.kind == EntryKind.INCIDENT_CLOSED
    assert (last.body["resolution"], last.body["closed_by"]) == (DONE, inspector.id)


async def test_what_is_closed_or_unknown_is_neither_taken_nor_closed(office: Office) -> None:
    boss = await office.someone(Role.MANAGER)
    await wrong(office)
    [found] = await listed(office, boss)
    await do(office, boss, found["id"], "close", {"resolution": "x"})
    for what, body in (("take", None), ("close", {"resolution": "again"})):
        assert_problem(await do(office, boss, found["id"], what, body), 409, "incident_closed")
        assert_problem(await do(office, boss, new_id(), what, body), 404, "unknown_incident")
    again = await office.http.get(f"{INCIDENTS}/{found['id']}", headers=boss.headers)
    assert again.json()["resolution"] == "x"
    missing = await office.http.get(f"{INCIDENTS}/{new_id()}", headers=boss.headers)
    assert_problem(missing, 404, "unknown_incident")


@pytest.mark.parametrize("body", [{}, {"resolution": ""}, {"resolution": " \n "}, {"resolution": "a\0b"}])
async def test_nothing_is_closed_without_a_reason(office: Office, body: dict[str, str]) -> None:
    boss = await office.someone(Role.MANAGER)
    await wrong(office)
    [found] = await listed(office, boss)
    assert_problem(await do(office, boss, found["id"], "close", body), 422, "invalid_request")
    assert len(await listed(office, boss)) == 1


async def test_they_are_found_by_kind_and_by_call_and_come_in_pages(office: Office) -> None:
    boss, call = await office.someone(Role.AUDITOR), await office.call()
    for kind in (IncidentKind.NOT_RECORDED, IncidentKind.CDR_MISSING, IncidentKind.NOT_GROWING):
        await wrong(office, kind, call=call)
    await wrong(office)
    assert [item["kind"] for item in await listed(office, boss, kind="cdr_missing")] == ["cdr_missing"]
    assert len(await listed(office, boss, call=call)) == 3
    first = (await office.http.get(INCIDENTS, headers=boss.headers, params={"limit": 3})).json()
    rest = await listed(office, boss, limit=3, cursor=first["next"])
    assert [len(first["items"]), len(rest)] == [3, 1]
    assert_problem(
        await office.http.get(INCIDENTS, headers=boss.headers, params={"kind": "rain"}), 422, "invalid_request"
    )


async def test_the_console_hears_of_it_live(office: Office, vault: Vault) -> None:
    boss = await office.someone(Role.QA_SUPERVISOR)
    async with served(office.engine, vault) as api:
        floor = await api.floor(boss.headers)
        async with watching(api.url, boss.headers, after=floor["cursor"]) as stream:
            await wrong(office, IncidentKind.ONE_SIDED, "a call")
            [found] = await listed(office, boss)
            await do(office, boss, found["id"], "take")
            await do(office, boss, found["id"], "close", {"resolution": "heard it: all well"})
            await stream.until(lambda: len(stream.bodies("incident")) == 3)
    seen = stream.bodies("incident")
    assert [body["owner_id"] for body in seen] == [None, boss.id, boss.id]
    assert [body["resolution"] for body in seen] == [None, None, "heard it: all well"]


async def test_the_manager_names_who_is_alarmed_and_until_then_quality_is(office: Office) -> None:
    receivers = f"{V1}/alarms/receivers"
    boss = await office.someone(Role.MANAGER)
    inspector, other = await office.someone(Role.QA_INSPECTOR), await office.someone(Role.SUPERVISOR)
    told = (await office.http.get(receivers, headers=other.headers)).json()
    assert told["named"] == [] and [person["id"] for person in told["people"]] == [inspector.id]
    named = await office.http.put(receivers, headers=boss.headers, json={"user_ids": [other.id, other.id]})
    assert [person["username"] for person in named.json()["people"]] == [other.username]
    refused = await office.http.put(receivers, headers=boss.headers, json={"user_ids": [new_id()]})
    assert_problem(refused, 404, "unknown_user")
    assert (await office.http.get(receivers, headers=boss.headers)).json()["named"][0]["id"] == other.id
    nobody = await office.http.put(receivers, headers=boss.headers, json={"user_ids": []})
    assert [person["id"] for person in nobody.json()["people"]] == [inspector.id]
