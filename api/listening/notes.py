"""Notes at a second of a recording: made, listed, withdrawn; none is ever changed or deleted."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.sessions import Person
from api.auth.tables import users
from api.errors import Conflict, Invalid, NotFound
from api.ids import new_id
from api.listening.rules import is_inside, may_withdraw
from api.listening.schemas import NewNote, Note
from api.listening.tables import recording_notes
from api.paging import page_of
from api.recordings.service import Audio

MS = 1000
_author, _withdrawer = users.alias("author"), users.alias("withdrawer")


async def add(connection: AsyncConnection, who: Person, audio: Audio, note: NewNote) -> Note:
    """Keeps a note. Raises Invalid when it lies outside of the audio."""
    if not is_inside(note.at_s, note.until_s, audio.duration_s):
        raise Invalid("bad_stretch", f"The recording is {audio.duration_s:.3f} s long.", "body.at_s")
    row = {
        "id": new_id(),
        "call_id": audio.id,
        "kind": note.kind.value,
        "at_ms": round(note.at_s * MS),
        "until_ms": None if note.until_s is None else round(note.until_s * MS),
        "text": note.text,
        "user_id": who.id,
        "created_at": datetime.now(UTC),
    }
    await connection.execute(insert(recording_notes).values(row))
    return await _read(connection, audio.id, str(row["id"]))


async def list_notes(
    connection: AsyncConnection, call_id: str, cursor: str | None, limit: int
) -> tuple[list[Note], str | None]:
    """One page of a recording's notes, the withdrawn ones too, newest first. Raises Invalid."""
    query = _named().where(recording_notes.c.call_id == call_id)
    rows, following = await page_of(connection, query, recording_notes.c.id, cursor, limit)
    return [_note(row) for row in rows], following


async def withdraw(connection: AsyncConnection, who: Person, call_id: str, note_id: str) -> Note:
    """Takes a note back; it stays, with who and when. A second time nothing changes. Raises NotFound, Conflict."""
    note = await _read(connection, call_id, note_id)
    if not may_withdraw(who.roles, note.user_id == who.id):
        raise Conflict("not_your_note", "Somebody else made this note.")
    standing = (recording_notes.c.id == note_id, recording_notes.c.withdrawn_at.is_(None))
    gone = update(recording_notes).where(*standing).values(withdrawn_at=datetime.now(UTC), withdrawn_by=who.id)
    await connection.execute(gone)
    return await _read(connection, call_id, note_id)


async def _read(connection: AsyncConnection, call_id: str, note_id: str) -> Note:
    query = _named().where(recording_notes.c.id == note_id, recording_notes.c.call_id == call_id)
    row = (await connection.execute(query)).first()
    if row is None:
        raise NotFound("unknown_note", "The recording has no note with this id.")
    return _note(row)


def _named() -> Select[Any]:
    names = (_author.c.name, _withdrawer.c.name.label("withdrawn_by_name"))
    return (
        select(recording_notes)
        .add_columns(*names)
        .outerjoin(_author, _author.c.id == recording_notes.c.user_id)
        .outerjoin(_withdrawer, _withdrawer.c.id == recording_notes.c.withdrawn_by)
    )


def _note(row: Row[Any]) -> Note:
    values = {name: row._mapping[name] for name in Note.model_fields if name not in ("at_s", "until_s")}
    until_s = None if row.until_ms is None else row.until_ms / MS
    return Note(at_s=row.at_ms / MS, until_s=until_s, **values)
