"""Recordings: found, heard by range, verified; the day's completeness."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
import soundfile

from api.auth.roles import Role
from api.ids import new_id
from recordings.audio import decode_flac
from recordings.errors import StorageError
from recordings.vault import Vault
from tests.api.office import V1, Office, Someone, assert_problem

URL = f"{V1}/recordings"
RATE = 8000


@dataclass(frozen=True)
class Kept:
    """A recording that lies in the store."""

    id: str
    key: str
    content: bytes
    sha256: str


@pytest.fixture
async def kept(office: Office, vault: Vault, tmp_path: Path) -> Kept:
    noise = np.random.default_rng(7).integers(-3000, 3000, (RATE * 2, 2), dtype=np.int16)
    soundfile.write(tmp_path / "a.flac", noise, RATE, subtype="PCM_16")
    pcm, key = decode_flac(tmp_path / "a.flac"), "2026/11/24/a.flac"
    await vault.storage.put_new(key, tmp_path / "a.flac")
    content = (tmp_path / "a.flac").read_bytes()
    form = {"rate": pcm.rate, "channels": pcm.channels, "samples": pcm.samples, "bytes": len(content)}
    call = await office.recording(
        storage_key=key, sha256_pcm=pcm.sha256, talk_s=Decimal("2.1"), difference_s=Decimal("-0.1"), **form
    )
    return Kept(call, key, content, pcm.sha256.hex())


async def found(office: Office, who: Someone, **query: str) -> list[str]:
    response = await office.http.get(URL, params=query, headers=who.headers)
    assert response.status_code == 200, response.text
    return [item["id"] for item in response.json()["items"]]


async def test_one_recording(office: Office, kept: Kept) -> None:
    who = await office.someone(Role.QA_INSPECTOR)
    told = (await office.http.get(f"{URL}/{kept.id}", headers=who.headers)).json()
    assert told["number"] == "138****1234" and told["sha256"] == kept.sha256 and told["status"] == "present"
    assert (told["duration_s"], told["talk_s"], told["difference_s"]) == (2.0, 2.1, -0.1)
    assert (told["rate"], told["channels"], told["bytes"]) == (RATE, 2, len(kept.content))
    assert_problem(await office.http.get(f"{URL}/{new_id()}", headers=who.headers), 404, "unknown_recording")


async def test_the_whole_audio(office: Office, kept: Kept) -> None:
    who = await office.someone(Role.AUDITOR)
    response = await office.http.get(f"{URL}/{kept.id}/audio", headers=who.headers)
    assert response.status_code == 200 and response.content == kept.content
    assert response.headers["content-type"] == "audio/flac" and response.headers["accept-ranges"] == "bytes"
    assert response.headers["cache-control"] == "private, no-store"
    assert response.headers["content-length"] == str(len(kept.content))


@pytest.mark.parametrize(("asked", "part"), [("bytes=0-99", slice(0, 100)), ("bytes=-7", slice(-7, None))])
async def test_a_range_of_the_audio(office: Office, kept: Kept, asked: str, part: slice) -> None:
    who = await office.someone(Role.AUDITOR)
    url = f"{URL}/{kept.id}/audio"
    response = await office.http.get(url, headers=who.headers | {"Range": asked})
    start, end, _step = part.indices(len(kept.content))
    assert response.status_code == 206 and response.content == kept.content[part]
    assert response.headers["content-range"] == f"bytes {start}-{end - 1}/{len(kept.content)}"
    fresh = who.headers | {"Range": asked, "If-Range": response.headers["etag"]}
    assert (await office.http.get(url, headers=fresh)).status_code == 206
    stale = who.headers | {"Range": asked, "If-Range": '"other"'}
    assert (await office.http.get(url, headers=stale)).status_code == 200


@pytest.mark.parametrize("asked", ["bytes=0-1,3-4", "bytes=99999999-", "bytes=x", "bytes=" + "0-1," * 5000])
async def test_a_range_that_cannot_be_given(office: Office, kept: Kept, asked: str) -> None:
    who = await office.someone(Role.AUDITOR)
    response = await office.http.get(f"{URL}/{kept.id}/audio", headers=who.headers | {"Range": asked})
    assert_problem(response, 416, "range_not_satisfiable")
    assert response.headers["content-range"] == f"bytes */{len(kept.content)}"


async def test_audio_that_is_not_there(office: Office) -> None:
    who = await office.someone(Role.AUDITOR)
    absent = await office.recording(status="absent", reason="no_answer")
    response = await office.http.get(f"{URL}/{absent}/audio", headers=who.headers)
    assert "no_answer" in assert_problem(response, 404, "no_audio")["detail"]
    lost = await office.recording(storage_key="2026/11/24/lost.flac", sha256_pcm=b"x" * 32)
    assert_problem(await office.http.get(f"{URL}/{lost}/audio", headers=who.headers), 404, "audio_missing")
    told = (await office.http.get(f"{URL}/{lost}/verify", headers=who.headers)).json()
    assert told["intact"] is False and told["found_sha256"] is None


async def test_a_store_that_is_away(
    office: Office, kept: Kept, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_key: str) -> int:
        raise StorageError("away")

    monkeypatch.setattr(vault, "size", away)
    monkeypatch.setattr(vault, "pcm", away)
    who = await office.someone(Role.AUDITOR)
    for part in ("audio", "verify"):
        response = await office.http.get(f"{URL}/{kept.id}/{part}", headers=who.headers)
        assert_problem(response, 503, "storage_unavailable")


async def test_verify_finds_a_changed_file(office: Office, kept: Kept, tmp_path: Path) -> None:
    who = await office.someone(Role.TEAM_LEADER)
    url = f"{URL}/{kept.id}/verify"
    told = (await office.http.get(url, headers=who.headers)).json()
    assert told["intact"] is True and told["found_sha256"] == told["expected_sha256"] == kept.sha256
    stored = tmp_path / "recordings" / kept.key
    soundfile.write(stored, np.zeros((RATE, 2), dtype=np.int16), RATE, subtype="PCM_16")
    told = (await office.http.get(url, headers=who.headers)).json()
    assert told["intact"] is False and told["found_sha256"] != kept.sha256
    stored.write_bytes(b"no audio at all")
    told = (await office.http.get(url, headers=who.headers)).json()
    assert told["intact"] is False and told["found_sha256"] is None


async def test_an_agent_hears_his_own_only(office: Office, kept: Kept) -> None:
    who = await office.someone(Role.AGENT)
    mine = await office.recording(agent_id=who.id)
    assert await found(office, who) == [mine]
    for part in ("", "/audio", "/verify"):
        response = await office.http.get(f"{URL}/{kept.id}{part}", headers=who.headers)
        assert_problem(response, 404, "unknown_recording")


async def test_filters(office: Office) -> None:
    boss = await office.someone(Role.QA_SUPERVISOR)
    seller = await office.someone(Role.AGENT, username="li.si")
    campaign, now = new_id(), datetime.now(UTC)
    first = await office.recording(agent_id=seller.id, campaign_id=campaign)
    second = await office.recording(number="+8613900001111", started_at=now + timedelta(seconds=5))
    await office.recording(status="absent", reason="busy")
    assert await found(office, boss) == [second, first]
    assert await found(office, boss, agent="li.si") == await found(office, boss, agent=seller.id) == [first]
    assert await found(office, boss, campaign=campaign) == [first]
    assert await found(office, boss, phone="1111") == await found(office, boss, phone="13900001111") == [second]
    later = (now + timedelta(seconds=3)).isoformat()
    assert await found(office, boss, **{"from": later}) == [second]
    assert await found(office, boss, to=later) == [first]
    today = (now + timedelta(hours=8)).date().isoformat()
    assert await found(office, boss, **{"from": today}, to=today) == [second, first]
    assert await found(office, boss, **{"from": "2026-01-01"}, to="2026-01-02") == []


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"from": "yesterday"}, "bad_time"),
        ({"from": "2026-11-24T09:00:00"}, "bad_time"),
        ({"to": "2026-02-30"}, "bad_day"),
        ({"to": "9999-12-31"}, "bad_day"),
        ({"to": "0001-01-01T00:00:00+14:00"}, "bad_day"),
        ({"phone": "12"}, "malformed_number"),
        ({"cursor": "zz"}, "bad_cursor"),
        ({"campaign": "zz"}, "invalid_request"),
    ],
)
async def test_bad_filters(office: Office, query: dict[str, str], reason: str) -> None:
    boss = await office.someone(Role.QA_SUPERVISOR)
    body = assert_problem(await office.http.get(URL, params=query, headers=boss.headers), 422, reason)
    assert body["errors"][0]["field"] == f"query.{next(iter(query))}"


async def test_the_day_s_completeness(office: Office) -> None:
    boss = await office.someone(Role.AUDITOR)
    now = datetime.now(UTC)
    call = await office.call(answered_at=now, ended_at=now)
    await office.recording(attempt_id=call)
    for reason in ("retention", "erased"):  # recorded once: not missing
        gone = await office.call(answered_at=now, ended_at=now)
        await office.recording(attempt_id=gone, status="absent", reason=reason)
    unanswered = await office.call(ended_at=now)
    await office.recording(attempt_id=unanswered, status="absent", reason="no_answer")
    await office.call()
    day = (now + timedelta(hours=8)).date().isoformat()
    told = (await office.http.get(f"{V1}/completeness", params={"day": day}, headers=boss.headers)).json()
    of_answered = {"present": 1, "taken_away": 2, "absent": 0, "open": 0}
    absent = {"no_answer": 1, "retention": 1, "erased": 1}
    counted = {"answered": 3, "present": 1, "absent": absent, "open": 1, "of_answered": of_answered}
    assert told == {"day": day, "expected": 0, "open_incidents": 0} | counted
    for bad in ("", "today", "2026-13-01", "1999-01-01", "2026-11-24T00:00:00Z"):
        response = await office.http.get(f"{V1}/completeness", params={"day": bad}, headers=boss.headers)
        assert response.status_code == 422


async def test_the_shape_of_a_recording(office: Office, vault: Vault, tmp_path: Path) -> None:
    legs = np.zeros((RATE * 4, 2), dtype=np.int16)
    legs[RATE : 2 * RATE, 0], legs[3 * RATE :, 1] = 16384, -32768  # the agent in second 2, the customer in second 4
    soundfile.write(tmp_path / "a.flac", legs, RATE, subtype="PCM_16")
    await vault.storage.put_new("a.flac", tmp_path / "a.flac")
    call = await office.recording(storage_key="a.flac", sha256_pcm=b"x" * 32)
    who = await office.someone(Role.QA_INSPECTOR)
    url = f"{URL}/{call}/peaks"
    response = await office.http.get(url, params={"points": 8}, headers=who.headers)
    assert response.json() == {
        "id": call,
        "rate": RATE,
        "duration_s": 4.0,
        "points": 8,
        "agent": [0, 0, 0.5, 0.5, 0, 0, 0, 0],
        "customer": [0, 0, 0, 0, 0, 0, 1, 1],
    }
    assert response.headers["cache-control"] == "private, no-cache"
    known = who.headers | {"If-None-Match": response.headers["etag"]}
    again = await office.http.get(url, params={"points": 8}, headers=known)
    assert again.status_code == 304 and again.content == b""
    assert (await office.http.get(url, params={"points": 9}, headers=known)).json()["points"] == 9
    for points in ("0", "4001", "x"):
        assert (await office.http.get(url, params={"points": points}, headers=who.headers)).status_code == 422


async def test_a_shape_that_cannot_be_had(
    office: Office, kept: Kept, vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = await office.someone(Role.AUDITOR)
    silent = await office.recording(reason="no_media", sha256_pcm=b"x" * 32)
    response = await office.http.get(f"{URL}/{silent}/peaks", headers=who.headers)
    assert "no_media" in assert_problem(response, 404, "no_audio")["detail"]
    lost = await office.recording(storage_key="lost.flac", sha256_pcm=b"x" * 32)
    assert_problem(await office.http.get(f"{URL}/{lost}/peaks", headers=who.headers), 404, "audio_missing")
    (tmp_path / "recordings" / kept.key).write_bytes(b"no audio at all")
    assert_problem(await office.http.get(f"{URL}/{kept.id}/peaks", headers=who.headers), 409, "audio_broken")

    async def away(_key: str, _points: int) -> None:
        raise StorageError("away")

    monkeypatch.setattr(vault, "peaks", away)
    response = await office.http.get(f"{URL}/{kept.id}/peaks", headers=who.headers)
    assert_problem(response, 503, "storage_unavailable")


async def test_names_and_what_can_be_looked_for(office: Office) -> None:
    boss = await office.someone(Role.QA_SUPERVISOR)
    seller = await office.someone(Role.AGENT, username="li.si")
    await office.someone(Role.AGENT, username="never.called")
    campaign = await office.campaign(name="彩号")
    await office.recording(agent_id=seller.id, campaign_id=campaign)
    told = (await office.http.get(URL, headers=boss.headers)).json()["items"][0]
    names = ("agent_username", "agent_name", "campaign_name")
    assert [told[name] for name in names] == ["li.si", "li.si", "彩号"]
    for who in (boss, seller):
        choices = (await office.http.get(f"{URL}/choices", headers=who.headers)).json()
        assert choices["agents"] == [{"id": seller.id, "name": "li.si", "username": "li.si"}]
        assert choices["campaigns"] == [{"id": campaign, "name": "彩号"}]
    other = await office.someone(Role.AGENT, username="wang.wu")
    assert (await office.http.get(f"{URL}/choices", headers=other.headers)).json()["agents"] == []


async def test_calls_without_a_recording_are_found_by_their_reason(office: Office) -> None:
    boss = await office.someone(Role.QA_SUPERVISOR)
    busy = await office.recording(status="absent", reason="busy")
    failed = await office.recording(status="absent", reason="recorder_failed")
    silent = await office.recording(reason="no_media")
    assert await found(office, boss) == [silent]
    assert await found(office, boss, status="absent") == [failed, busy]
    assert await found(office, boss, status="absent", reason="recorder_failed") == [failed]
    assert await found(office, boss, reason="no_media") == [silent]
    answer = await office.http.get(URL, params={"status": "lost"}, headers=boss.headers)
    assert_problem(answer, 422, "invalid_request")


async def test_open_calls_say_why(office: Office) -> None:
    boss = await office.someone(Role.AUDITOR)
    now = datetime.now(UTC)
    settled = await office.call(ended_at=now)
    await office.recording(attempt_id=settled, status="absent", reason="busy")
    late = await office.call(ended_at=now - timedelta(minutes=5))
    settling = await office.call(ended_at=now)
    talking = await office.call(answered_at=now)
    await office.call(opened_at=now - timedelta(days=2))
    day = (now + timedelta(hours=8)).date().isoformat()
    url = f"{V1}/completeness/open"
    told = (await office.http.get(url, params={"day": day}, headers=boss.headers)).json()
    assert [(item["id"], item["why"]) for item in told["items"]] == [
        (talking, "in_air"),
        (settling, "settling"),
        (late, "late"),
    ]
    assert told["items"][0]["number"] == "138****1234" and told["next"] is None
    first = (await office.http.get(url, params={"day": day, "limit": "2"}, headers=boss.headers)).json()
    rest = (await office.http.get(url, params={"day": day, "cursor": first["next"]}, headers=boss.headers)).json()
    assert [item["id"] for item in rest["items"]] == [late]
