"""Evidence over HTTP: who may take it, that the ledger knows before, and what is answered when it cannot be made."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.auth.roles import Role
from api.ids import new_id
from dialer.machine import Paths
from dialer.store.tables import ledger
from recordings.storage import work_folder
from tests.api.office import V1, Office, assert_problem
from tests.database.forgery import do
from tests.database.recordings_world import World

WHY = {"reason": "complaint 2026-0117"}


@pytest.fixture
async def world(engine: AsyncEngine, tmp_path: Path) -> World:
    """The worker's side of the same data folder."""
    return World(engine, tmp_path)


async def test_the_zip_is_answered_and_the_ledger_knows_who_took_it(office: Office, world: World) -> None:
    handler = await office.someone(Role.COMPLAINT_HANDLER)
    call = await world.answered_call()
    await world.worker().sweep()
    answer = await office.http.post(f"{V1}/calls/{call}/evidence", json=WHY, headers=handler.headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert answer.headers["content-disposition"] == f'attachment; filename="evidence-{call}.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        names = {Path(name).name for name in archive.namelist()}
        business = json.loads(archive.read(f"evidence-{call}/business.json"))
    assert {"audio.flac", "verify.py", "manifest.sig", "说明.txt"} <= names
    assert business["registration"] == {"on_file": False, "note": "none on file / 无记录", "items": []}
    taken = next(row for row in await office.rows(ledger) if row.kind == "exported")
    body = json.loads(taken.body)
    assert taken.attempt_id == call
    assert (body["user_id"], body["why"], body["address"]) == (handler.id, WHY["reason"], "127.0.0.1")
    assert body["number_revealed"] is True and body["session_id"]
    assert not list(work_folder(Paths(world.root)).glob("read-*")), "nothing is left on the disk"


async def test_it_needs_a_reason_and_a_call(office: Office) -> None:
    auditor = await office.someone(Role.AUDITOR)
    nothing = await office.http.post(f"{V1}/calls/{new_id()}/evidence", json={"reason": " "}, headers=auditor.headers)
    assert_problem(nothing, 422, "invalid_request")
    unknown = await office.http.post(f"{V1}/calls/{new_id()}/evidence", json=WHY, headers=auditor.headers)
    assert_problem(unknown, 404, "unknown_call")
    assert not [row for row in await office.rows(ledger) if row.kind == "exported"]


async def test_what_stands_in_its_way_is_said(office: Office, world: World, owner: AsyncEngine) -> None:
    manager = await office.someone(Role.MANAGER)
    call = await world.answered_call()
    await world.worker().sweep()
    await world.signer().sign()
    row = await world.row(call)
    assert row is not None
    stored = world.root / "recordings" / str(row.storage_key)
    content = stored.read_bytes()
    stored.unlink()
    gone = await office.http.post(f"{V1}/calls/{call}/evidence", json=WHY, headers=manager.headers)
    assert_problem(gone, 404, "audio_missing")
    stored.write_bytes(content)
    await do(owner, "update ledger_checkpoints set root = sha256('x') where size = 3")
    broken = await office.http.post(f"{V1}/calls/{call}/evidence", json=WHY, headers=manager.headers)
    assert_problem(broken, 409, "ledger_broken")
    (world.root / "secrets.json").unlink()
    keyless = await office.http.post(f"{V1}/calls/{call}/evidence", json=WHY, headers=manager.headers)
    assert_problem(keyless, 409, "no_ledger_key")
