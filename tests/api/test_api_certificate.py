"""The signed certificate over HTTP: of a day that is over as it was made, of any other made now."""

import base64
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from api.auth.roles import Role
from dialer.core.incidents import Incident, IncidentKind
from dialer.machine import Paths, keep_secrets
from dialer.store.incidents import open_incident
from recordings.certificate import Shelf, certify, is_genuine
from tests.api.office import NODE, V1, ZONE, Office, assert_problem

URL = f"{V1}/completeness/certificate"


async def test_it_is_made_now_signed_and_lists_what_is_open(office: Office, tmp_path: Path) -> None:
    boss, now = await office.someone(Role.AUDITOR), datetime.now(UTC)
    today = {"day": (now + timedelta(hours=8)).date().isoformat()}
    Paths(tmp_path).secrets_file.unlink(missing_ok=True)
    assert_problem(await office.http.get(URL, params=today, headers=boss.headers), 409, "key_missing")
    keep_secrets(Paths(tmp_path))
    call = await office.call(answered_at=now, ended_at=now)
    async with office.engine.begin() as connection:
        await open_incident(connection, Incident(IncidentKind.NOT_RECORDED, call, now, "x", call))
    answer = await office.http.get(URL, params=today, headers=boss.headers)
    made = answer.json()
    assert is_genuine(made, base64.b64decode(made["certificate"]["public_key"]))
    assert made["certificate"]["open_incidents"] == 1 and not made["certificate"]["complete"]
    assert f"tianzhou-{today['day']}.json" in answer.headers["content-disposition"]
    page = await office.http.get(URL, params=today | {"format": "pdf"}, headers=boss.headers)
    assert page.headers["content-type"] == "application/pdf" and page.content.startswith(b"%PDF-")
    listed = await office.http.get(f"{V1}/incidents", params=today, headers=boss.headers)
    assert [item["subject"] for item in listed.json()["items"]] == [call]
    other = await office.http.get(f"{V1}/incidents", params={"day": "2026-01-01"}, headers=boss.headers)
    assert other.json()["items"] == []
    for bad in ({"day": "today"}, {"day": "2026-11-24", "format": "xml"}):
        assert (await office.http.get(URL, params=bad, headers=boss.headers)).status_code == 422


async def test_a_kept_one_is_given_as_it_was_made(office: Office, tmp_path: Path) -> None:
    boss, day = await office.someone(Role.MANAGER), date(2026, 11, 20)
    keep_secrets(Paths(tmp_path))
    await certify(office.engine, Paths(tmp_path), day, ZONE, NODE)
    told = [
        (await office.http.get(URL, params={"day": day.isoformat()}, headers=boss.headers)).json() for _ in range(2)
    ]
    assert told[0] == told[1] and told[0]["certificate"]["complete"]
    kept = Shelf(Paths(tmp_path).certificates).path(day, "json")
    kept.write_text(kept.read_text().replace('"answered": 0', '"answered": 9'))
    anew = (await office.http.get(URL, params={"day": day.isoformat()}, headers=boss.headers)).json()
    assert anew["certificate"]["answered"] == 0  # what was changed by hand is not given out
