"""Notes at a second of a recording, and the call's happenings on its seconds."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from api.auth.roles import Role
from api.ids import new_id
from api.listening.tables import recording_notes
from dialer.store.tables import pause_intervals
from tests.api.office import V1, Office, Someone, assert_problem

RATE = 8000


async def recorded(office: Office, **other: Any) -> str:
    """A recording of twenty seconds."""
    sound = {"storage_key": "k", "sha256_pcm": b"x" * 32, "rate": RATE, "samples": 20 * RATE}
    return await office.recording(**(sound | other))


async def note(office: Office, who: Someone, call: str, **values: Any) -> Any:
    return await office.http.post(f"{V1}/recordings/{call}/notes", json=values, headers=who.headers)


async def test_a_note_is_made_listed_and_withdrawn_but_never_gone(office: Office) -> None:
    call, author = await recorded(office), await office.someone(Role.QA_INSPECTOR)
    first = await note(office, author, call, at_s=12.3456, text=" 价格未说明 ", kind="issue")
    assert first.status_code == 201 and first.json()["at_s"] == 12.346 and first.json()["text"] == "价格未说明"
    marker = (await note(office, author, call, at_s=1, until_s=2.5, kind="marker")).json()
    url = f"{V1}/recordings/{call}/notes"
    stranger, boss = await office.someone(Role.SUPERVISOR), await office.someone(Role.QA_SUPERVISOR)
    refused = await office.http.delete(f"{url}/{first.json()['id']}", headers=stranger.headers)
    assert_problem(refused, 409, "not_your_note")
    gone = await office.http.delete(f"{url}/{first.json()['id']}", headers=boss.headers)
    again = await office.http.delete(f"{url}/{first.json()['id']}", headers=author.headers)
    assert gone.json() == again.json() and gone.json()["withdrawn_by_name"] == boss.username
    told = (await office.http.get(url, headers=stranger.headers)).json()["items"]
    assert [item["id"] for item in told] == [marker["id"], first.json()["id"]]
    assert told[1]["text"] == "价格未说明" and told[1]["withdrawn_at"] and told[0]["withdrawn_at"] is None
    assert len(await office.rows(recording_notes)) == 2


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"at_s": 20.5, "text": "x"}, "bad_stretch"),
        ({"at_s": 5, "until_s": 5, "text": "x"}, "bad_stretch"),
        ({"at_s": 5, "until_s": 21, "text": "x"}, "bad_stretch"),
        ({"at_s": -1, "text": "x"}, "invalid_request"),
        ({"at_s": 1e300, "text": "x"}, "invalid_request"),
        ({"at_s": 1, "text": " "}, "invalid_request"),
        ({"at_s": 1, "text": "x" * 2001}, "invalid_request"),
        ({"at_s": 1, "text": "a\0b"}, "invalid_request"),
        ({"at_s": 1, "text": "x", "kind": "rumour"}, "invalid_request"),
    ],
)
async def test_notes_that_cannot_be_kept(office: Office, values: dict[str, Any], reason: str) -> None:
    who = await office.someone(Role.AUDITOR)
    assert_problem(await note(office, who, await recorded(office), **values), 422, reason)


async def test_notes_of_what_is_not_there(office: Office) -> None:
    boss, agent = await office.someone(Role.MANAGER), await office.someone(Role.AGENT)
    call, silent = await recorded(office), await office.recording(status="absent", reason="busy")
    assert_problem(await note(office, boss, silent, at_s=1, text="x"), 404, "no_audio")
    assert_problem(await note(office, agent, call, at_s=1, text="x"), 404, "unknown_recording")
    gone = await office.http.delete(f"{V1}/recordings/{call}/notes/{new_id()}", headers=boss.headers)
    assert_problem(gone, 404, "unknown_note")


async def test_the_call_on_the_seconds_of_its_audio(office: Office) -> None:
    who, now = await office.someone(Role.QA_INSPECTOR), datetime.now(UTC)
    times = {"opened_at": now, "answered_at": now + timedelta(seconds=4)}
    times |= {"connected_at": now + timedelta(seconds=5), "ended_at": now + timedelta(seconds=24)}
    call = await office.call(**times, end_reason="customer_hung_up")
    await recorded(office, attempt_id=call)
    told = (await office.http.get(f"{V1}/recordings/{call}/timeline", headers=who.headers)).json()
    assert told["duration_s"] == 20 and told["missing_s"] == 0
    assert [(mark["kind"], mark["at_s"]) for mark in told["marks"]] == [
        ("opened", None),
        ("ringing", 0),
        ("waiting", 0),
        ("answered", 0),
        ("connected", 1),
        ("ended", 20),
    ]
    assert told["marks"][-1]["detail"] == "customer_hung_up"
    back = {"ended_at": now + timedelta(seconds=13.5), "why": "resumed"}
    async with office.engine.begin() as connection:
        pausing = insert(pause_intervals).values(call_id=call, agent_id=who.id)
        await connection.execute(pausing.values(began_at=now + timedelta(seconds=10), **back))
        await connection.execute(pausing.values(began_at=now + timedelta(seconds=20)))  # nobody ended it
    told = (await office.http.get(f"{V1}/recordings/{call}/timeline", headers=who.headers)).json()
    pauses = [mark for mark in told["marks"] if mark["kind"] == "pause"]
    assert [(mark["at_s"], mark["until_s"], mark["detail"]) for mark in pauses] == [
        (6, 9.5, "resumed"),
        (16, 20, None),
    ]
    absent = await office.recording(attempt_id=await office.call(), status="absent", reason="busy")
    told = (await office.http.get(f"{V1}/recordings/{absent}/timeline", headers=who.headers)).json()
    assert told["duration_s"] is None and [mark["kind"] for mark in told["marks"]] == ["opened"]
    lost = await office.http.get(f"{V1}/recordings/{new_id()}/timeline", headers=who.headers)
    assert_problem(lost, 404, "unknown_recording")
