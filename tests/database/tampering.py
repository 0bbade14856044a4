"""What an outsider and the database's owner may do to a sealed set, each by chance, each undone afterwards."""

import os
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uuid_utils
from sqlalchemy import Column, Table, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from dialer.core.ledger import Entry, EntryKind, Row
from dialer.store import ledger as books
from dialer.store.tables import attempts, ledger, ledger_head
from recordings.checkpoints import kept_of
from recordings.notes import SigningKey
from recordings.tables import ledger_checkpoints, ledger_tiles, recordings
from tests.database.forgery import recompute, renumbered, write

TABLES: tuple[Table, ...] = (ledger, ledger_head, ledger_checkpoints, ledger_tiles, attempts, recordings)
LABELS = {"region"}  # what the list is searched by, and evidence of nothing
OLD = 1_000_000_000.0  # a file of this time is no file of a call in flight


@dataclass
class Sealed:
    """The set: its database as the owner sees it, its store, its copies of checkpoints, a forger's key."""

    owner: AsyncEngine
    store: Path
    copies: Path
    forger: SigningKey
    rows: dict[Table, list[dict[str, Any]]] = field(default_factory=dict)
    files: dict[Path, bytes] = field(default_factory=dict)

    async def remember(self) -> None:
        """Everything as it is now."""
        async with self.owner.connect() as connection:
            for table in TABLES:
                self.rows[table] = [dict(row._mapping) for row in await connection.execute(select(table))]
        self.files = {path: path.read_bytes() for path in self._paths()}

    async def undo(self) -> None:
        """Everything as it was."""
        async with self.owner.begin() as connection:
            for table in TABLES:
                await connection.execute(delete(table))
                if self.rows[table]:
                    await connection.execute(insert(table), self.rows[table])
        for path in set(self._paths()) - set(self.files):
            path.unlink()
        for path, content in self.files.items():
            if not path.exists() or path.read_bytes() != content:
                path.write_bytes(content)

    def _paths(self) -> list[Path]:
        return [path for root in (self.store, self.copies) for path in root.rglob("*") if path.is_file()]

    def objects(self) -> list[Path]:
        return sorted(path for path in self.files if self.store in path.parents)

    def day_files(self) -> list[Path]:
        return sorted(path for path in self.files if self.copies in path.parents)


Tamper = Callable[[Sealed, random.Random], Awaitable[str]]


# -- an outsider, at the files --------------------------------------------------------------------------------------


async def flip(sealed: Sealed, chance: random.Random) -> str:
    path = chance.choice(sealed.objects() + sealed.day_files())
    content = bytearray(path.read_bytes())
    place = chance.randrange(len(content))
    content[place] ^= chance.randrange(1, 256)
    path.write_bytes(content)
    return f"byte {place} of {path.name}"


async def cut_off(sealed: Sealed, chance: random.Random) -> str:
    path = chance.choice(sealed.objects() + sealed.day_files())
    os.truncate(path, chance.randrange(path.stat().st_size))
    return f"the end of {path.name}"


async def add_to(sealed: Sealed, chance: random.Random) -> str:
    path = chance.choice(sealed.objects() + sealed.day_files())
    with path.open("ab") as out:
        out.write(chance.randbytes(chance.randrange(1, 40)))
    return f"more at the end of {path.name}"


async def remove(sealed: Sealed, chance: random.Random) -> str:
    path = chance.choice(sealed.objects() + sealed.day_files())
    path.unlink()
    return f"without {path.name}"


async def exchange(sealed: Sealed, chance: random.Random) -> str:
    one, other = chance.sample(sealed.objects(), 2)
    one.write_bytes(sealed.files[other])
    if chance.random() < 0.5:
        other.write_bytes(sealed.files[one])
    return f"{other.name} in the place of {one.name}"


async def add_object(sealed: Sealed, chance: random.Random) -> str:
    model = chance.choice(sealed.objects())
    path = model.with_name(chance.choice([f"{uuid_utils.uuid7()}.flac", "more.flac", f"{model.stem}-2.flac"]))
    path.write_bytes(sealed.files[model])
    os.utime(path, (OLD, OLD))
    return f"{path.name} beside"


async def rename_object(sealed: Sealed, chance: random.Random) -> str:
    path = chance.choice(sealed.objects())
    path.rename(path.with_name(f"{uuid_utils.uuid7()}.flac"))
    return f"{path.name} under another name"


async def shuffle_copies(sealed: Sealed, chance: random.Random) -> str:
    path = chance.choice(sealed.day_files())
    notes = path.read_text().split("\n\n\N{EM DASH}")
    lines = path.read_text().split("\n")
    how = chance.choice(["double", "drop", "exchange", "insert"])
    place = chance.randrange(len(lines) - 1)
    if how == "double":
        lines.insert(place, lines[place])
    elif how == "drop":
        del lines[place]
    elif how == "insert":
        lines.insert(place, "trust me")
    else:
        lines[place], lines[place + 1] = lines[place + 1], lines[place]
    changed = "\n".join(lines)
    if changed == path.read_text():  # two like lines exchanged
        changed = changed + "\n"
    path.write_text(changed)
    return f"{how} line {place} of {path.name} ({len(notes)} notes)"


async def foreign_copies(sealed: Sealed, chance: random.Random) -> str:
    path = chance.choice(sealed.day_files())
    if chance.random() < 0.5:
        path.rename(path.with_name("2019-03-31.txt"))
        return "the copies under another day"
    path.with_name("2019-03-31.txt").write_bytes(sealed.files[path])
    return "the copies twice"


OUTSIDER: list[Tamper] = [
    *(flip, flip, flip, cut_off, add_to, remove, exchange, add_object),
    *(rename_object, shuffle_copies, shuffle_copies, foreign_copies),
]


# -- the database's owner, one statement -----------------------------------------------------------------------------


def other_value(column: Column[Any], value: Any, chance: random.Random) -> Any:
    """Another value of the column's type, as near as can be."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, bytes) and value:
        place = chance.randrange(len(value))
        return value[:place] + bytes([value[place] ^ chance.randrange(1, 256)]) + value[place + 1 :]
    if isinstance(value, datetime):
        return value + timedelta(microseconds=chance.choice([1, -1, 1_000_000, -3_600_000_000]))
    if isinstance(value, int):
        return value + chance.choice([1, -1, 100])
    if value is None or chance.random() < 0.2:
        return _invented(column, chance)
    if isinstance(value, str):
        return _other_text(column, value, chance)
    return value + 1


def _invented(column: Column[Any], chance: random.Random) -> Any:
    kind = str(column.type)
    if kind in ("UUID", "CHAR(32)"):
        return str(uuid_utils.uuid7())
    if "TIMESTAMP" in kind or "DATETIME" in kind:
        return datetime.now(UTC) - timedelta(days=chance.randrange(1, 99))
    if kind in ("INTEGER", "BIGINT") or kind.startswith("NUMERIC"):
        return chance.randrange(1, 1000)
    return chance.randbytes(32) if kind in ("BLOB", "BYTEA") else "invented"


def _other_text(column: Column[Any], value: str, chance: random.Random) -> str:
    if column.name == "status":
        return "absent" if value == "present" else "present"
    if str(column.type) in ("UUID", "CHAR(32)"):
        return str(uuid_utils.uuid7())
    place = chance.randrange(len(value)) if value else 0
    how = chance.randrange(3)
    if how == 0 and value:
        return value[:place] + value[place + 1 :]
    letter = chance.choice('0123456789abcxyz {}",:')
    changed = value[:place] + letter + value[place + (how == 1) :]
    return changed if changed != value else value + "."


def key_of(table: Table, row: dict[str, Any]) -> list[Any]:
    return [column == row[column.name] for column in table.primary_key.columns]


async def change_column(sealed: Sealed, chance: random.Random) -> str:
    table = chance.choice([ledger, ledger, attempts, attempts, recordings, recordings, *TABLES])
    if not sealed.rows[table]:
        table = ledger
    row = chance.choice(sealed.rows[table])
    column = chance.choice(
        [c for c in table.columns if c.name not in LABELS and (table, c.name) != (ledger_head, "id")]
    )
    value = other_value(column, row[column.name], chance)
    if value == row[column.name]:
        value = None if column.nullable else _invented(column, chance)
    async with sealed.owner.begin() as connection:
        await connection.execute(update(table).where(*key_of(table, row)).values({column.name: value}))
    return f"{table.name}.{column.name}: {row[column.name]!r} -> {value!r}"


async def delete_row(sealed: Sealed, chance: random.Random) -> str:
    table = chance.choice([ledger, ledger, attempts, recordings, ledger_checkpoints])
    row = chance.choice(sealed.rows[table])
    async with sealed.owner.begin() as connection:
        await connection.execute(delete(table).where(*key_of(table, row)))
    return f"{table.name} without {next(iter(row.values()))}"


async def exchange_rows(sealed: Sealed, chance: random.Random) -> str:
    """Two rows of the ledger exchange all but their numbers."""
    one, other = chance.sample(sealed.rows[ledger], 2)
    async with sealed.owner.begin() as connection:
        for row, content in ((one, other), (other, one)):
            values = {name: value for name, value in content.items() if name != "seq"}
            await connection.execute(update(ledger).where(ledger.c.seq == row["seq"]).values(values))
    return f"ledger rows {one['seq']} and {other['seq']} exchanged"


async def cut_tail(sealed: Sealed, chance: random.Random) -> str:
    """The last rows away, with the head on what is left."""
    last = chance.randrange(1, len(sealed.rows[ledger]))
    row = next(row for row in sealed.rows[ledger] if row["seq"] == last)
    async with sealed.owner.begin() as connection:
        await connection.execute(delete(ledger).where(ledger.c.seq > last))
        await connection.execute(update(ledger_head).values(seq=last, hash=row["hash"]))
    return f"the ledger ends at {last}"


async def invent_row(sealed: Sealed, chance: random.Random) -> str:
    """A call, a recording, a checkpoint or a ledger row that never was."""
    table = chance.choice([ledger, attempts, recordings, ledger_checkpoints])
    row = dict(chance.choice(sealed.rows[table]))
    key = next(iter(table.primary_key.columns)).name
    top = max(item[key] for item in sealed.rows[table])
    row[key] = str(uuid_utils.uuid7()) if isinstance(row[key], str) else top + chance.randrange(1, 9)
    async with sealed.owner.begin() as connection:
        await connection.execute(insert(table).values(row))
    return f"{table.name} with an invented {row[key]}"


OWNER: list[Tamper] = [*(change_column,) * 6, delete_row, delete_row, exchange_rows, cut_tail, invent_row]


# -- the database's owner, who computes everything anew -----------------------------------------------------


def _changed(rows: list[Row], chance: random.Random) -> tuple[list[Row], str]:
    """The rows with one thing done to them."""
    place = chance.randrange(len(rows))
    how = chance.choice(["change", "drop", "exchange", "insert", "time", "tail"])
    if how == "change":
        entry = replace(rows[place].entry, body={**rows[place].entry.body, "said": chance.random() < 0.5})
        return [*rows[:place], replace(rows[place], entry=entry), *rows[place + 1 :]], f"row {place + 1} changed"
    if how == "time":
        at = rows[place].appended_at - timedelta(seconds=chance.randrange(1, 999))
        return [*rows[:place], replace(rows[place], appended_at=at), *rows[place + 1 :]], f"row {place + 1} earlier"
    if how == "drop":
        return rows[:place] + rows[place + 1 :], f"row {place + 1} dropped"
    if how == "exchange":
        other = (place + chance.randrange(1, len(rows))) % len(rows)
        swapped = list(rows)
        swapped[place], swapped[other] = rows[other], rows[place]
        return swapped, f"rows {place + 1} and {other + 1} exchanged"
    if how == "insert":
        entry = Entry(EntryKind.LISTENED, None, datetime.now(UTC), {"why": "invented"})
        return [*rows[:place], replace(rows[place], entry=entry), *rows[place:]], f"a row before {place + 1}"
    return rows[: place or 1], f"the end from {place + 1} on dropped"


async def rewrite_all(sealed: Sealed, chance: random.Random) -> str:
    async with sealed.owner.begin() as connection:
        rows = [row async for row in books.read_rows(connection)]
        changed, said = _changed(rows, chance)
        await write(connection, renumbered(changed))
        await recompute(connection)
    return f"{said}, everything computed anew"


async def rewrite_and_sign(sealed: Sealed, chance: random.Random) -> str:
    """The same, each checkpoint signed anew with a key of his own, in the database and outside."""
    said = await rewrite_all(sealed, chance)
    async with sealed.owner.begin() as connection:
        await _sign_anew(connection, sealed)
    return f"{said} and signed with another key"


async def forget_call(sealed: Sealed, chance: random.Random) -> str:
    """A whole call made never to have been: rows, audio, ledger, everything computed anew."""
    call = chance.choice(sealed.rows[attempts])["id"]
    async with sealed.owner.begin() as connection:
        rows = [row async for row in books.read_rows(connection)]
        await connection.execute(delete(recordings).where(recordings.c.attempt_id == call))
        await connection.execute(delete(attempts).where(attempts.c.id == call))
        await write(connection, renumbered([row for row in rows if row.entry.attempt_id != call]))
        await recompute(connection)
    for path in sealed.objects():
        if path.name.startswith(call):
            path.unlink()
    return f"call {call} forgotten"


async def rewrite_both(sealed: Sealed, chance: random.Random) -> str:
    """Database and copies in his hands: what he changed, and every checkpoint that knows better, is gone."""
    async with sealed.owner.begin() as connection:
        rows = [row async for row in books.read_rows(connection)]
        changed, said = _changed(rows, chance)
        await write(connection, renumbered(changed))
        first = next(
            (n for n, (a, b) in enumerate(zip(rows, renumbered(changed), strict=False)) if a != b), len(changed)
        )
        await connection.execute(delete(ledger_checkpoints).where(ledger_checkpoints.c.size > first))
        await recompute(connection)
        kept = [row.note for row in await connection.execute(select(ledger_checkpoints).order_by("size"))]
    for path in sealed.day_files():
        path.write_text("".join(f"{note}\n" for note in kept if note in sealed.files[path].decode()))
    return f"{said}, and {len(kept)} checkpoints left in database and copies"


async def _sign_anew(connection: AsyncConnection, sealed: Sealed) -> None:
    notes: list[str] = []
    for row in (await connection.execute(select(ledger_checkpoints).order_by("size"))).all():
        notes.append(sealed.forger.note(kept_of(row).checkpoint))
        table = ledger_checkpoints
        await connection.execute(update(table).where(table.c.size == row.size).values(note=notes[-1]))
    for path in sealed.day_files():
        path.write_text("".join(f"{note}\n" for note in notes))


REWRITER: list[Tamper] = [rewrite_all, rewrite_all, rewrite_and_sign, forget_call, rewrite_both]
KINDS = {"an outsider at the files": OUTSIDER, "the owner, a statement": OWNER, "the owner, all anew": REWRITER}
