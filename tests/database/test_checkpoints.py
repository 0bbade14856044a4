"""The ledger is signed: what was signed can be changed by nobody, not even by the database's owner."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.core.incidents import STOPPING, IncidentKind
from dialer.core.ledger import Entry, EntryKind, Row, content_of
from dialer.core.merkle import leaf_hash, root_of
from dialer.store import ledger
from dialer.store.incidents import IncidentLog
from recordings import checkpoints
from recordings.checkpoints import Signer
from recordings.copies import Copies
from recordings.errors import LedgerBroken
from recordings.notes import Checkpoint, SigningKey, opened
from recordings.report import Finding
from recordings.signing import Signing
from tests.database.forgery import do, rewrite
from tests.database.recordings_world import World
from tests.database.test_recordings_verify import Scene

FORGER = SigningKey(base64.urlsafe_b64encode(bytes(32)).decode())


@pytest.fixture
async def scene(world: World) -> Scene:
    """Three settled calls, signed; then one more row, signed too."""
    made = Scene(world)
    await made.set_up()
    assert await world.signer().sign() is not None
    await more(world)
    assert await world.signer().sign() is not None
    return made


async def more(world: World, count: int = 1) -> None:
    entry = Entry(EntryKind.SELF_TEST, None, datetime.now(UTC), {"heard": True})
    async with world.engine.begin() as connection:
        await ledger.append(connection, [entry] * count)


async def kinds(scene: Scene, *elsewhere: Path) -> set[Finding]:
    return {kind for kind, _call in await scene.found(elsewhere=elsewhere)}


def copies_of(scene: Scene) -> Path:
    [path] = scene.world.paths.checkpoints.iterdir()
    return path


async def test_what_was_signed_is_verified(scene: Scene) -> None:
    report = await scene.verify()
    assert (report.code, report.checkpoints, report.signed_rows) == (0, 2, 7)
    notes = [note for content in scene.world.copies.read() for note in content.notes]
    assert [opened(note, scene.world.signer().public).size for note in notes] == [6, 7]
    assert await scene.world.signer().sign() is None, "nothing is new"


async def test_a_long_ledger_is_signed_in_steps(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "ROWS_AT_ONCE", 300)
    await more(scene.world, 700)
    made = await scene.world.signer().sign_all()
    assert made is not None and made.size == 707
    report = await scene.verify()
    assert (report.code, report.checkpoints) == (0, 5)
    async with scene.world.engine.connect() as connection:
        tiles = (await connection.execute(text("select level, nth from ledger_tiles order by nth"))).all()
    assert tiles == [(8, 0), (8, 1)]


async def test_a_row_rewritten_by_the_owner(scene: Scene, owner: AsyncEngine) -> None:
    """He computes every hash, root and frontier anew: only the signatures he cannot make."""

    def change(rows: list[Row]) -> list[Row]:
        entry = replace(rows[2].entry, body={**rows[2].entry.body, "mode": "manual"})
        return [*rows[:2], replace(rows[2], entry=entry), *rows[3:]]

    await rewrite(owner, change)
    found = await kinds(scene)
    assert Finding.LEDGER_BROKEN not in found, "the chain by itself believes him"
    assert {Finding.CHECKPOINT_BROKEN, Finding.CHECKPOINT_DIFFERS} <= found


async def test_a_row_removed_and_the_checkpoints_with_it(scene: Scene, owner: AsyncEngine) -> None:
    await rewrite(owner, lambda rows: rows[:-1])
    assert {Finding.CHECKPOINT_BROKEN, Finding.CHECKPOINT_MISSING} <= await kinds(scene)
    with pytest.raises(LedgerBroken, match="over 7 rows is outside the database and not in it"):
        await scene.world.signer().sign()


async def test_all_of_it_rewritten_and_signed_with_another_key(
    scene: Scene, owner: AsyncEngine, world: World
) -> None:
    await rewrite(owner, lambda rows: rows[:-1])
    await do(owner, "delete from ledger_checkpoints where size = 6")
    copies_of(scene).unlink()
    assert await Signer(world.engine, FORGER, world.copies).sign() is not None
    assert await kinds(scene) == {Finding.CHECKPOINT_FORGED}


async def test_with_database_and_copies_in_his_hands_a_copy_kept_elsewhere_finds_him(
    scene: Scene, owner: AsyncEngine, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "printed.txt"
    elsewhere.write_bytes(copies_of(scene).read_bytes())
    await rewrite(owner, lambda rows: rows[:-1])
    [first, _second] = [note for content in scene.world.copies.read() for note in content.notes]
    copies_of(scene).write_text(f"{first}\n")
    assert await kinds(scene) == set(), "on this machine nothing is left that knows better"
    assert await kinds(scene, elsewhere) == {Finding.CHECKPOINT_BROKEN}


@pytest.mark.parametrize(
    "statement",
    [
        "update ledger_checkpoints set root = sha256('x') where size = 6",
        "update ledger_checkpoints set head_hash = sha256('x') where size = 6",
        "update ledger_checkpoints set made_at = made_at - interval '1 microsecond' where size = 6",
        "update ledger_checkpoints set frontier = reverse(encode(frontier, 'hex'))::bytea where size = 6",
        "update ledger_checkpoints set note = replace(note, 'head', 'heed') where size = 6",
        "update ledger_checkpoints set note = note || ' ' where size = 6",
        "update ledger_checkpoints set size = 5 where size = 6",
        "delete from ledger_checkpoints where size = 6",
        "delete from ledger_checkpoints where size = 7",
        "insert into ledger_checkpoints select 5, root, head_hash, made_at, note, frontier "
        "from ledger_checkpoints where size = 6",
        "insert into ledger_tiles values (8, 0, sha256('x'))",
    ],
)
async def test_a_changed_checkpoint(scene: Scene, owner: AsyncEngine, statement: str) -> None:
    await do(owner, statement)
    assert await kinds(scene) & {
        Finding.CHECKPOINT_BROKEN,
        Finding.CHECKPOINT_FORGED,
        Finding.CHECKPOINT_DIFFERS,
        Finding.CHECKPOINT_MISSING,
    }


async def test_a_changed_copy(scene: Scene) -> None:
    """Every byte of the file counts, and every line's place."""
    path = copies_of(scene)
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert (await scene.verify()).code == 1, place
    path.write_bytes(whole)
    (path.parent / "notes.txt").write_text("what is this\n")
    assert await kinds(scene) == {Finding.CHECKPOINT_FORGED}
    (path.parent / "notes.txt").unlink()
    path.rename(path.with_name("2020-01-01.txt"))
    assert await kinds(scene) == {Finding.CHECKPOINT_DIFFERS}


async def test_copies_that_are_gone_are_missed_at_once(scene: Scene) -> None:
    """Both checkpoints are of this minute: one may be without its copy, not two."""
    copies_of(scene).unlink()
    assert await kinds(scene) == {Finding.CHECKPOINT_MISSING}


async def test_killed_between_the_database_and_the_copy(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    await more(scene.world)
    signer = scene.world.signer()
    monkeypatch.setattr(signer, "_copies", Lost(scene.world.paths.checkpoints))
    with pytest.raises(OSError, match="no space"):
        await signer.sign()
    assert (await scene.verify()).code == 0, "a checkpoint of this minute may be without a copy"
    torn = copies_of(scene)
    torn.write_bytes(torn.read_bytes() + scene.world.signer().public.name.encode()[:9])
    assert (await scene.verify()).code == 0
    assert await scene.world.signer().sign() is None
    report = await scene.verify()
    assert (report.code, report.checkpoints) == (0, 3)
    assert sum(len(content.notes) for content in scene.world.copies.read()) == 3


class Lost(Copies):
    """A disk that is full."""

    def append(self, note: str, made_at: Any) -> None:
        raise OSError("no space")


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("update ledger set body = '{}' where seq = 8", IncidentKind.LEDGER_BROKEN),
        ("update ledger set body = '{ }' where seq = 8", IncidentKind.LEDGER_BROKEN),
        ("delete from ledger where seq = 8", IncidentKind.LEDGER_BROKEN),
        ("update ledger_head set hash = sha256('x')", IncidentKind.LEDGER_BROKEN),
        ("update ledger_checkpoints set root = sha256('x') where size = 7", IncidentKind.CHECKPOINT_BROKEN),
        ("update ledger_checkpoints set note = 'x' where size = 7", IncidentKind.CHECKPOINT_BROKEN),
        ("delete from ledger_checkpoints where size = 7", IncidentKind.CHECKPOINT_BROKEN),
    ],
)
async def test_what_does_not_continue_is_not_signed(
    scene: Scene, owner: AsyncEngine, statement: str, kind: IncidentKind
) -> None:
    await more(scene.world)
    await do(owner, statement)
    await Signing(scene.world.engine, scene.world.paths).guarded()
    async with scene.world.engine.connect() as connection:
        count = (await connection.execute(text("select count(*) from ledger_checkpoints"))).scalar_one()
    assert [each.kind for each in await IncidentLog(scene.world.engine).open_incidents(STOPPING)] == [kind]
    assert count <= 2


async def test_a_head_before_what_was_signed(scene: Scene, owner: AsyncEngine) -> None:
    """No row can be appended any more, not even an incident's: nothing can be dialed either."""
    await do(owner, "update ledger_head set seq = 3")
    await Signing(scene.world.engine, scene.world.paths).guarded()
    with pytest.raises(LedgerBroken, match="ends at row 3; 7 were signed"):
        await scene.world.signer().sign()


async def test_another_machines_key_signs_nothing(scene: Scene, world: World, tmp_path: Path) -> None:
    """A second node on the same database, with secrets of its own."""
    other = World(world.engine, tmp_path / "other")
    await more(world)
    with pytest.raises(LedgerBroken) as refused:
        await other.signer().sign()
    assert refused.value.kind == IncidentKind.KEY_MISSING
    report = await replace_world(scene, other).verify()
    assert [difference.kind for difference in report.differences] == [Finding.CHECKPOINT_FORGED] * 2


def replace_world(scene: Scene, other: World) -> Scene:
    made = Scene(replace(scene.world, root=scene.world.root))
    made.cdr = scene.cdr
    made.world.signer = other.signer  # type: ignore[method-assign]
    return made


async def test_a_worker_without_a_key_says_so(world: World) -> None:
    await more(world)
    file = world.paths.secrets_file
    file.write_text(json.dumps(json.loads(file.read_text()) | {"ledger_key": ""}))
    await Signing(world.engine, world.paths).guarded()
    async with world.engine.connect() as connection:
        found = (await connection.execute(text("select kind, detail from incidents"))).one()
    assert found.kind == "key_missing" and "tianzhou up" in found.detail


async def test_the_application_may_add_and_read_and_nothing_else(scene: Scene) -> None:
    for table in ("ledger", "ledger_checkpoints", "ledger_tiles", "ledger_timestamps"):
        for statement in ("update {} set hash = ''", "delete from {}", "truncate {}"):
            words = statement.format(table).replace("set hash", "set root" if "checkpoints" in table else "set hash")
            words = words.replace("set hash", "set token") if "timestamps" in table else words
            with pytest.raises(ProgrammingError, match="permission denied"):
                async with scene.world.engine.begin() as connection:
                    await connection.execute(text(words))
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with scene.world.engine.begin() as connection:
            await connection.execute(text("delete from incidents"))


async def test_the_root_is_that_of_all_rows(scene: Scene) -> None:
    async with scene.world.engine.connect() as connection:
        rows = [row async for row in ledger.read_rows(connection)]
        kept = await checkpoints.newest(connection)
    assert kept is not None
    assert kept.checkpoint == Checkpoint(
        7, root_of(leaf_hash(content_of(row)) for row in rows), rows[-1].hash, kept.checkpoint.made_at
    )
