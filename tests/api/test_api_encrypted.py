"""Encrypted recordings over HTTP: given back plain to the byte, or not at all, and somebody hears of it."""

from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, update

from api.auth.roles import Role
from dialer.core.incidents import IncidentKind
from dialer.store.tables import incidents
from recordings.envelope import CHUNK, HEADER, TAG
from recordings.peaks import peaks_of
from recordings.sealed import Sealed
from recordings.tables import recording_keys
from recordings.vault import Vault
from tests.api.encrypted import sealed
from tests.api.office import V1, Office, Someone, assert_problem
from tests.api.streams import served

SAMPLES = 400_000  # a few hundred kilobytes: many chunks


@pytest.fixture
async def one(office: Office, vault: Vault, tmp_path: Path) -> Sealed:
    return await sealed(office, vault, tmp_path, samples=SAMPLES)


async def hear(office: Office, who: Someone, one: Sealed, asked: str | None = None) -> httpx.Response:
    headers = who.headers | ({"Range": asked} if asked else {})
    return await office.http.get(f"{V1}/recordings/{one.call}/audio", headers=headers)


async def opened(office: Office) -> list[tuple[str, str | None]]:
    async with office.engine.connect() as connection:
        return [(row.kind, row.call_id) for row in await connection.execute(select(incidents))]


async def test_the_whole_and_any_range_are_the_plain_flac(office: Office, one: Sealed, tmp_path: Path) -> None:
    who, plain = await office.someone(Role.AUDITOR), (tmp_path / "a.flac").read_bytes()
    whole = await hear(office, who, one)
    assert (whole.status_code, whole.content) == (200, plain)
    assert whole.headers["content-length"] == str(len(plain))
    for begin, end in ((0, 1), (CHUNK - 1, CHUNK + 1), (CHUNK * 3 + 5, len(plain)), (len(plain) - 1, len(plain))):
        part = await hear(office, who, one, f"bytes={begin}-{end - 1}")
        assert (part.status_code, part.content) == (206, plain[begin:end])
        assert part.headers["content-range"] == f"bytes {begin}-{end - 1}/{len(plain)}"


@pytest.mark.parametrize(
    "asked", ["bytes=99999999-", "bytes=5-2", "bytes=--1", "bytes=0-0,2-2", "bytes=" + "9" * 90, "bytes=0x1-2"]
)
async def test_a_hostile_range_gets_no_byte(office: Office, one: Sealed, asked: str) -> None:
    answer = await hear(office, await office.someone(Role.AUDITOR), one, asked)
    assert_problem(answer, 416, "range_not_satisfiable")
    assert await opened(office) == []


async def test_the_shape_is_the_kept_one(office: Office, one: Sealed, tmp_path: Path) -> None:
    who = await office.someone(Role.QA_INSPECTOR)
    answer = await office.http.get(f"{V1}/recordings/{one.call}/peaks?points=80", headers=who.headers)
    expected = peaks_of(tmp_path / "a.flac", 80)
    assert (answer.json()["agent"], answer.json()["customer"]) == (expected.agent, expected.customer)


async def test_a_changed_byte_is_an_error_and_an_incident(office: Office, one: Sealed, tmp_path: Path) -> None:
    stored = tmp_path / "recordings" / one.key
    content = bytearray(stored.read_bytes())
    content[100] ^= 1
    stored.write_bytes(content)
    who = await office.someone(Role.AUDITOR)
    assert_problem(await hear(office, who, one), 409, "audio_broken")
    assert await opened(office) == [(IncidentKind.AUDIO_DIFFERS, one.call)]


async def test_a_byte_changed_further_on_ends_the_answer_short(
    office: Office, vault: Vault, one: Sealed, tmp_path: Path
) -> None:
    """What was good is sent; the connection breaks where the rest would be wrong."""
    stored, plain = tmp_path / "recordings" / one.key, (tmp_path / "a.flac").read_bytes()
    content = bytearray(stored.read_bytes())
    content[HEADER.size + 2 * (CHUNK + TAG) + 9] ^= 1
    stored.write_bytes(content)
    who, heard = await office.someone(Role.AUDITOR), b""
    async with served(office.engine, vault) as api, httpx.AsyncClient(base_url=api.url) as http:
        url = f"{V1}/recordings/{one.call}/audio"
        with pytest.raises(httpx.RemoteProtocolError):
            async with http.stream("GET", url, headers=who.headers) as answer:
                async for piece in answer.aiter_raw():
                    heard += piece
    assert plain.startswith(heard) and len(heard) <= 2 * CHUNK
    assert await opened(office) == [(IncidentKind.AUDIO_DIFFERS, one.call)]


async def test_without_its_object_or_its_key_nothing_is_heard(office: Office, one: Sealed, tmp_path: Path) -> None:
    who = await office.someone(Role.AUDITOR)
    async with office.engine.begin() as connection:
        mine = recording_keys.c.attempt_id == one.call
        await connection.execute(update(recording_keys).where(mine).values(wrapped=b"x" * 40))
    assert_problem(await hear(office, who, one), 409, "key_missing")
    peaks = await office.http.get(f"{V1}/recordings/{one.call}/peaks", headers=who.headers)
    assert_problem(peaks, 409, "key_missing")
    assert await opened(office) == [(IncidentKind.KEY_MISSING, one.call)]
    async with office.engine.begin() as connection:
        assert one.wrapped is not None
        await connection.execute(update(recording_keys).where(mine).values(wrapped=one.wrapped.wrapped))
    (tmp_path / "recordings" / one.key).unlink()
    assert_problem(await hear(office, who, one), 404, "audio_missing")
    assert (IncidentKind.AUDIO_MISSING, one.call) in await opened(office)
