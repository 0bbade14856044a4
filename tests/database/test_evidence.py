"""A call's evidence proves itself on a bare machine without a network, and falls with any byte of it."""

import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import cryptography
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.core.ledger import Entry, EntryKind
from dialer.store import ledger
from recordings.errors import LedgerBroken, MissingObjectError
from recordings.evidence.bundle import About
from recordings.evidence.export import Asked, Exporter
from tests.conftest import Postgres
from tests.database.forgery import rewrite
from tests.database.recordings_world import World

ABOUT = About("Li Si", "spring", [{"kind": "answered", "at": "2026-11-25T09:00:00Z", "at_s": 0.0}], {"items": []})
FILES = {
    *("README.txt", "说明.txt", "verify.py", "manifest.json", "manifest.sig", "ledger-key.txt", "call.json"),
    *("timeline.json", "timeline.txt", "business.json", "ledger.json", "custody.txt", "vcon.json", "vcon.jws.json"),
    *("checkpoint.txt", "checkpoint-first.txt"),
}


@dataclass
class Court:
    """A machine with Python and `cryptography`, and nothing else: no network, none of our packages."""

    python: Path

    def check(self, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
        argv = [str(self.python), "-I", str(folder / "verify.py"), *words]
        return subprocess.run([*offline(), *argv], capture_output=True, text=True, timeout=60, check=False)


def offline() -> list[str]:
    """A namespace without a network where the kernel gives one; where not, the imports show that none is used."""
    argv = ["unshare", "--user", "--net"]
    done = subprocess.run([*argv, "true"], capture_output=True, check=False, timeout=10)
    return argv if done.returncode == 0 else []


@pytest.fixture(scope="module")
def court(tmp_path_factory: pytest.TempPathFactory) -> Court:
    home = tmp_path_factory.mktemp("court")
    venv.create(home, with_pip=False, symlinks=True)
    [target] = (home / "lib").glob("python*/site-packages")
    source = Path(cryptography.__file__).parents[1]
    for name in ("cryptography", "cffi", "pycparser"):
        if (source / name).exists():
            (target / name).symlink_to(source / name)
    for path in source.glob("_cffi_backend*"):
        (target / path.name).symlink_to(path)
    python = home / "bin" / "python"
    done = subprocess.run([python, "-c", "import sqlalchemy"], capture_output=True, check=False, timeout=30)
    assert done.returncode != 0, "this environment is not bare"
    return Court(python)


async def evidence(world: World, call: str, target: Path) -> Path:
    """The unpacked zip."""
    world.signer()
    asked = Asked(call, "u-1", "s-1", "10.0.0.7", "complaint 118")
    async with Exporter(world.engine, world.vault, world.paths).export(asked, ABOUT) as made:
        with zipfile.ZipFile(made) as archive:
            archive.extractall(target)
    [folder] = target.iterdir()
    assert not [path for path in world.work.glob("read-*") if any(path.iterdir())]
    return folder


@pytest.fixture
async def sealed(world: World) -> str:
    """A sealed call among others, signed before and after."""
    call = await world.answered_call(samples=8000)
    await world.answered_call(samples=800)
    await world.worker().sweep()
    await world.signer().sign()
    await world.attempt(answered=False)
    return call


async def test_it_proves_itself_on_a_bare_machine(world: World, sealed: str, court: Court, tmp_path: Path) -> None:
    folder = await evidence(world, sealed, tmp_path / "out")
    assert {path.name for path in folder.iterdir()} == FILES | {"audio.flac", "audio.wav"}
    done = court.check(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("OK ") == 9 and "Everything holds" in done.stdout
    name = world.signer().public.name
    assert court.check(folder, name).returncode == 0
    assert court.check(folder, "tianzhou/ledger/0000000000000000").returncode == 1
    assert name in (folder / "README.txt").read_text() and name in (folder / "说明.txt").read_text()
    rows = [json.loads(row["row"]) for row in json.loads((folder / "ledger.json").read_text())["rows"]]
    assert [row["kind"] for row in rows] == ["intent", "seal", "exported"]
    assert rows[-1]["body"]["why"] == "complaint 118" and rows[-1]["body"]["number_revealed"] is True
    assert "+8613800000000" in (folder / "call.json").read_text()
    vcon = json.loads((folder / "vcon.json").read_text())
    assert vcon["dialog"][0]["type"] == "recording" and vcon["dialog"][0]["duration"] == 1.0


async def test_one_changed_byte_of_any_file_is_found(world: World, sealed: str, court: Court, tmp_path: Path) -> None:
    folder = await evidence(world, sealed, tmp_path / "out")
    for path in sorted(folder.iterdir()):
        whole = path.read_bytes()
        for place in (0, len(whole) // 2, len(whole) - 1):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            assert court.check(folder).returncode != 0, (path.name, place)
        path.write_bytes(whole)
    assert court.check(folder).returncode == 0


async def test_a_missing_and_a_foreign_file_are_found(
    world: World, sealed: str, court: Court, tmp_path: Path
) -> None:
    folder = await evidence(world, sealed, tmp_path / "out")
    (folder / "extra.txt").write_text("trust me")
    assert "extra.txt" in court.check(folder).stdout
    (folder / "extra.txt").unlink()
    (folder / "audio.flac").unlink()
    done = court.check(folder)
    assert done.returncode == 1 and "the ledger has a seal, and the audio is not here" in done.stdout


async def test_a_call_without_a_recording_says_why(world: World, court: Court, tmp_path: Path) -> None:
    call = await world.attempt(answered=False)
    await world.worker().sweep()
    folder = await evidence(world, call, tmp_path / "out")
    assert {path.name for path in folder.iterdir()} == FILES
    done = court.check(folder)
    assert done.returncode == 0 and "the ledger's reason is no_answer" in done.stdout
    [dialog] = json.loads((folder / "vcon.json").read_text())["dialog"]
    assert (dialog["type"], dialog["disposition"], dialog["tianzhou_reason"]) == (
        "incomplete",
        "no-answer",
        "no_answer",
    )


async def test_an_old_call_of_a_long_ledger_reads_only_nodes(world: World, court: Court, tmp_path: Path) -> None:
    call = await world.answered_call(samples=800)
    await world.worker().sweep()
    entries = [Entry(EntryKind.SELF_TEST, None, datetime.now(UTC), {"n": n}) for n in range(1500)]
    async with world.engine.begin() as connection:
        await ledger.append(connection, entries)
    folder = await evidence(world, call, tmp_path / "out")
    assert court.check(folder).returncode == 0


async def test_a_rewritten_ledger_gives_no_evidence(
    world: World, sealed: str, owner: AsyncEngine, tmp_path: Path
) -> None:
    await rewrite(owner, lambda rows: rows[:1] + rows[2:])
    with pytest.raises(LedgerBroken):
        await evidence(world, sealed, tmp_path / "out")


async def test_missing_audio_gives_no_evidence_and_the_try_is_in_the_ledger(
    world: World, sealed: str, tmp_path: Path
) -> None:
    shutil.rmtree(world.root / "recordings")
    with pytest.raises(MissingObjectError):
        await evidence(world, sealed, tmp_path / "out")
    async with world.engine.connect() as connection:
        kinds = (await connection.execute(text("select kind from ledger order by seq desc limit 1"))).scalar_one()
    assert kinds == "exported"


async def test_the_command_writes_it(
    world: World, sealed: str, court: Court, postgres: Postgres, tmp_path: Path
) -> None:
    out = tmp_path / "evidence.zip"
    names = {"TIANZHOU_DATA_DIR": str(world.root), "TIANZHOU_DATABASE_URL": postgres.url}
    argv = [sys.executable, "-m", "api.cli.main", "evidence", "export", sealed, "-o", str(out), "--why", "court"]
    done = subprocess.run(argv, env=os.environ | names, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(out) as archive:
        archive.extractall(tmp_path / "out")
    [folder] = (tmp_path / "out").iterdir()
    assert court.check(folder).returncode == 0
    again = subprocess.run(argv, env=os.environ | names, capture_output=True, text=True, timeout=120, check=False)
    assert again.returncode == 1 and "name another file" in again.stderr
