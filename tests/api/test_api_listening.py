"""Every play is a row of the ledger, there before the first byte."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from api.access import routes_of
from api.auth.roles import Role
from api.ids import new_id
from api.listening.rules import PLAYS_PER_HOUR
from api.listening.tables import listenings
from dialer.core.ledger import EntryKind, Row
from dialer.store import embedded, ledger
from dialer.store.tables import incidents
from recordings.audio import decode_flac
from recordings.vault import Vault
from tests.api.office import V1, Office, Someone, assert_problem

URL = f"{V1}/recordings"
RATE = 8000
LENGTH_S = 2


@dataclass(frozen=True)
class Kept:
    """A recording of two seconds in the store."""

    id: str
    content: bytes


@pytest.fixture
async def kept(office: Office, vault: Vault, tmp_path: Path) -> Kept:
    noise = np.random.default_rng(7).integers(-3000, 3000, (RATE * LENGTH_S, 2), dtype=np.int16)
    soundfile.write(tmp_path / "a.flac", noise, RATE, subtype="PCM_16")
    pcm, key = decode_flac(tmp_path / "a.flac"), "2026/11/24/a.flac"
    await vault.storage.put_new(key, tmp_path / "a.flac")
    form = {"rate": pcm.rate, "channels": pcm.channels, "samples": pcm.samples}
    call = await office.recording(storage_key=key, sha256_pcm=pcm.sha256, **form)
    return Kept(call, (tmp_path / "a.flac").read_bytes())


async def witnessed(office: Office, kind: EntryKind = EntryKind.LISTENED) -> list[Row]:
    """The ledger's rows of a kind."""
    async with office.engine.connect() as connection:
        return [row async for row in ledger.read_rows(connection) if row.entry.kind is kind]


async def hear(office: Office, who: Someone, call: str, **asked: Any) -> Any:
    return await office.http.get(f"{URL}/{call}/audio", headers=who.headers | asked.pop("headers", {}), **asked)


async def test_many_ranges_of_one_person_are_one_listening(office: Office, kept: Kept) -> None:
    who = await office.someone(Role.QA_INSPECTOR)
    for asked in ("bytes=0-99", "bytes=100-199", "bytes=-7"):
        assert (await hear(office, who, kept.id, headers={"Range": asked})).status_code == 206
    (row,) = await office.rows(listenings)
    assert (row.call_id, row.user_id, row.why) == (kept.id, who.id, "qa_check") and row.last_at > row.started_at
    (entry,) = [row.entry for row in await witnessed(office)]
    assert entry.attempt_id == kept.id and entry.body["listening_id"] == row.id
    assert entry.body["user_id"] == who.id and entry.body["session_id"] == row.session_id
    assert entry.body["why"] == "qa_check" and entry.body["address"] == "127.0.0.1"


async def test_after_a_quarter_of_an_hour_it_is_another_listening(office: Office, kept: Kept) -> None:
    who = await office.someone(Role.AUDITOR)
    await hear(office, who, kept.id)
    async with office.engine.begin() as connection:
        await connection.execute(update(listenings).values(last_at=listenings.c.last_at - timedelta(minutes=16)))
    await hear(office, who, kept.id)
    await hear(office, await office.someone(Role.AUDITOR), kept.id)
    assert len(await office.rows(listenings)) == len(await witnessed(office)) == 3


async def test_the_row_is_committed_before_the_first_byte(
    office: Office, kept: Kept, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    async def pieces(*_asked: Any) -> AsyncIterator[bytes]:
        seen.append(len(await witnessed(office)))
        yield kept.content

    monkeypatch.setattr(vault, "read_pieces", pieces)
    assert (await hear(office, await office.someone(Role.MANAGER), kept.id)).content == kept.content
    assert seen == [1]


async def test_no_ledger_no_audio(office: Office, kept: Kept, owner: AsyncEngine) -> None:
    """The ledger's table cannot be written by the application; all else works."""
    who = await office.someone(Role.MANAGER)
    async with owner.begin() as connection:
        await connection.execute(text(f"revoke insert on ledger from {embedded.APPLICATION}"))
    try:
        told = await hear(office, who, kept.id)
    finally:
        async with owner.begin() as connection:
            await connection.execute(text(f"grant insert on ledger to {embedded.APPLICATION}"))
    assert_problem(told, 503, "ledger_unavailable")
    assert told.headers["retry-after"] and not await office.rows(listenings)
    assert (await hear(office, who, kept.id)).status_code == 200


@pytest.mark.parametrize("asked", ["bytes=0-1,3-4", "bytes=99999999-", "bytes=x", "bytes=" + "0-1," * 5000])
async def test_what_gives_no_byte_is_no_listening(office: Office, kept: Kept, asked: str) -> None:
    who = await office.someone(Role.AUDITOR)
    assert_problem(await hear(office, who, kept.id, headers={"Range": asked}), 416, "range_not_satisfiable")
    assert_problem(await hear(office, who, new_id()), 404, "unknown_recording")
    stranger = await office.someone(Role.AGENT)
    assert_problem(await hear(office, stranger, kept.id), 404, "unknown_recording")
    for part in ("peaks", "verify"):
        assert (await office.http.get(f"{URL}/{kept.id}/{part}", headers=who.headers)).status_code == 200
    assert not await office.rows(listenings) and not await witnessed(office)


async def test_why_is_said_beforehand_meanwhile_or_with_the_audio(office: Office, kept: Kept) -> None:
    who, url = await office.someone(Role.COMPLAINT_HANDLER), f"{URL}/{kept.id}/listenings"
    said = await office.http.post(url, json={"why": "complaint 17"}, headers=who.headers)
    assert said.status_code == 201 and said.json()["why"] == "complaint 17"
    await hear(office, who, kept.id)
    again = await office.http.post(url, json={"why": "complaint 18"}, headers=who.headers)
    await office.http.post(url, json={"why": "complaint 18"}, headers=who.headers)
    assert again.json()["id"] == said.json()["id"]
    other = await office.someone(Role.MANAGER)
    await hear(office, other, kept.id, params={"why": "for the board"})
    told = (await office.http.get(url, headers=other.headers)).json()["items"]
    assert [(item["username"], item["why"]) for item in told] == [
        (other.username, "for the board"),
        (who.username, "complaint 18"),
    ]
    bodies = [row.entry.body for row in await witnessed(office)]
    assert [(body["why"], body.get("was")) for body in bodies] == [
        ("complaint 17", None),
        ("complaint 18", "complaint 17"),
        ("for the board", None),
    ]
    assert_problem(await office.http.post(url, json={"why": " "}, headers=who.headers), 422, "invalid_request")


async def test_an_agent_hears_his_own_call(office: Office, kept: Kept) -> None:
    who = await office.someone(Role.AGENT)
    async with office.engine.begin() as connection:
        await connection.execute(text("update recordings set agent_id = :id"), {"id": who.id})
    assert (await hear(office, who, kept.id)).status_code == 200
    assert (await office.rows(listenings))[0].why == "own_call"


async def test_too_many_plays_open_one_incident_and_stop_nobody(office: Office, kept: Kept) -> None:
    who = await office.someone(Role.QA_INSPECTOR)
    await hear(office, who, kept.id)
    (first,) = await office.rows(listenings)
    more = [first._asdict() | {"id": new_id(), "call_id": new_id()} for _ in range(PLAYS_PER_HOUR - 2)]
    async with office.engine.begin() as connection:
        await connection.execute(listenings.insert(), more)
    for expected in (0, 1, 1):
        async with office.engine.begin() as connection:  # as if he came back after a pause
            past = listenings.c.last_at - timedelta(minutes=20)
            await connection.execute(update(listenings).values(last_at=past))
        assert (await hear(office, who, kept.id)).status_code == 200
        found = await office.rows(incidents)
        assert len(found) == expected
    assert (found[0].kind, found[0].subject, found[0].facts["plays"]) == ("many_plays", who.id, PLAYS_PER_HOUR + 1)


async def test_a_clip_is_taken_away_with_its_beep_and_its_row(office: Office, kept: Kept, tmp_path: Path) -> None:
    who = await office.someone(Role.COMPLAINT_HANDLER)
    asked = {"from_s": 0.5, "to_s": 1.75, "redactions": [{"from_s": 0.2, "to_s": 0.75}], "why": "complaint 17"}
    told = await office.http.post(f"{URL}/{kept.id}/clips", json=asked, headers=who.headers)
    assert told.status_code == 200 and told.headers["content-type"] == "audio/wav"
    assert told.headers["content-disposition"] == f'attachment; filename="clip-{kept.id}-500-1750.wav"'
    (tmp_path / "clip.wav").write_bytes(told.content)
    heard, rate = soundfile.read(tmp_path / "clip.wav", dtype="int16")
    assert rate == RATE and len(heard) == 1.25 * RATE
    (tmp_path / "whole.flac").write_bytes(kept.content)
    whole, _ = soundfile.read(tmp_path / "whole.flac", dtype="int16")
    assert np.array_equal(heard[2000:], whole[6000:14000]) and np.array_equal(heard[:2000, 0], heard[:2000, 1])
    (row,) = await witnessed(office, EntryKind.EXPORTED)
    body = row.entry.body
    assert (row.entry.attempt_id, body["user_id"], body["why"]) == (kept.id, who.id, "complaint 17")
    assert (body["from_ms"], body["to_ms"], body["redactions_ms"]) == (500, 1750, [[200, 750]])
    assert body["sha256"] == hashlib.sha256(told.content).hexdigest() and body["bytes"] == len(told.content)
    assert not await office.rows(listenings)
    assert not list((tmp_path / "work").iterdir())  # nothing of it is kept


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"from_s": 1, "to_s": 1}, "bad_stretch"),
        ({"from_s": 1, "to_s": 3}, "bad_stretch"),
        ({"from_s": 0, "to_s": 1, "redactions": [{"from_s": 1, "to_s": 0.5}]}, "bad_stretch"),
        ({"from_s": 0, "to_s": 1, "redactions": [{"from_s": 0, "to_s": 9}]}, "bad_stretch"),
        ({"from_s": 0, "to_s": 1, "redactions": [{"from_s": 0, "to_s": 1}] * 101}, "invalid_request"),
        ({"from_s": 0, "to_s": 1, "form": "mp3"}, "invalid_request"),
        ({"from_s": 0, "to_s": 1, "why": ""}, "invalid_request"),
    ],
)
async def test_clips_that_cannot_be_cut(office: Office, kept: Kept, asked: dict[str, Any], reason: str) -> None:
    who = await office.someone(Role.MANAGER)
    told = await office.http.post(f"{URL}/{kept.id}/clips", json={"why": "x"} | asked, headers=who.headers)
    assert_problem(told, 422, reason)
    assert not await witnessed(office, EntryKind.EXPORTED)


async def test_no_ledger_no_clip(office: Office, kept: Kept, owner: AsyncEngine, tmp_path: Path) -> None:
    who = await office.someone(Role.MANAGER)
    async with owner.begin() as connection:
        await connection.execute(text(f"revoke insert on ledger from {embedded.APPLICATION}"))
    try:
        asked = {"from_s": 0, "to_s": 1, "why": "x"}
        told = await office.http.post(f"{URL}/{kept.id}/clips", json=asked, headers=who.headers)
    finally:
        async with owner.begin() as connection:
            await connection.execute(text(f"grant insert on ledger to {embedded.APPLICATION}"))
    assert_problem(told, 503, "ledger_unavailable")
    assert not list((tmp_path / "work").iterdir())


async def test_a_clip_longer_than_half_an_hour_is_refused_before_anything_is_read(office: Office) -> None:
    who = await office.someone(Role.MANAGER)
    call = await office.recording(storage_key="k", sha256_pcm=b"x" * 32, rate=RATE, samples=RATE * 7200)
    asked = {"from_s": 0, "to_s": 1801, "why": "x"}
    told = await office.http.post(f"{URL}/{call}/clips", json=asked, headers=who.headers)
    assert "1800" in assert_problem(told, 422, "bad_stretch")["detail"]


def audio_routes(app: FastAPI) -> set[str]:
    """Every documented answer that is audio."""
    found = set()
    for path, operations in app.openapi()["paths"].items():
        for method, operation in operations.items():
            medias = [media for answer in operation["responses"].values() for media in answer.get("content", {})]
            if any(media.startswith("audio/") or media == "application/zip" for media in medias):
                found.add(f"{method.upper()} {path}")
    return found


def test_the_routes_that_give_audio_are_known(office: Office) -> None:
    """A new one must be added here, with a test that its ledger row comes first."""
    known = {f"GET {URL}/{{call_id}}/audio", f"POST {URL}/{{call_id}}/clips", f"POST {V1}/calls/{{call_id}}/evidence"}
    assert audio_routes(office.app) == known


async def test_no_route_gives_audio_without_its_row(office: Office, kept: Kept) -> None:
    """Whatever can be read of a recording is read, by somebody who may do everything."""
    who, gave = await office.someone(*Role), []
    found = [route for route in routes_of(office.app.routes) if isinstance(route, APIRoute)]
    for path in sorted(route.path for route in found if "{call_id}" in route.path and "GET" in (route.methods or ())):
        before = len(await witnessed(office))
        told = await office.http.get(path.replace("{call_id}", kept.id), headers=who.headers)
        gives = told.headers["content-type"].startswith("audio/")
        assert len(await witnessed(office)) == before + gives, path
        gave += [path] * gives
    assert gave == [f"{URL}/{{call_id}}/audio"]
