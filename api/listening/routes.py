"""Hear a recording, say why, see who heard it; note something at its seconds; see what happened at them."""

import base64
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from api.access import GuardedRoute, may
from api.auth.roles import Role
from api.auth.sessions import Person
from api.calls.rules import SEE_ALL
from api.context import Connection, Context, Here
from api.documentation import answers
from api.errors import Unsatisfiable
from api.listening import clips, notes, service, story
from api.listening.schemas import Listening, NewClip, NewNote, Note, Timeline
from api.recordings.listing import get_recording
from api.recordings.ranges import BadRange, Span, parse
from api.recordings.service import Audio, faults, find_audio, first_piece
from api.schemas import Cursor, Id, Limit, Line, Page, Reason
from api.witness import doer_of

router = APIRouter(prefix="/api/v1/recordings/{call_id}", tags=["listening"], route_class=GuardedRoute)

Listener = Annotated[Person, may(*SEE_ALL, Role.AGENT)]
Overseer = Annotated[Person, may(Role.MANAGER, Role.QA_SUPERVISOR, Role.AUDITOR, Role.COMPLAINT_HANDLER)]
# reliability.md §1: the manager approves what is taken away, so he may; a complaint handler has a case. QA asks them.
Exporter = Annotated[Person, may(Role.MANAGER, Role.COMPLAINT_HANDLER)]
FLAC = "audio/flac"
CLIP: dict[int | str, dict[str, Any]] = {
    200: {"content": {form: {"schema": {"type": "string", "format": "binary"}} for form in ("audio/wav", FLAC)}},
}
AUDIO: dict[int | str, dict[str, Any]] = {
    200: {"content": {FLAC: {"schema": {"type": "string", "format": "binary"}}}},
    206: {"description": "The asked range", "content": {FLAC: {"schema": {"type": "string", "format": "binary"}}}},
}
NO_AUDIO = ("unknown_recording", "no_audio", "audio_missing", "audio_broken", "key_missing", "storage_unavailable")


@dataclass(frozen=True)
class Asked:
    """Which bytes, under which condition, and why."""

    why: str | None
    span: str | None
    unless: str | None


def _asked(
    why: Annotated[Line | None, Query(description="said once a listening; else your role's ordinary reason")] = None,
    span: Annotated[str | None, Header(alias="Range")] = None,
    unless: Annotated[str | None, Header(alias="If-Range")] = None,
) -> Asked:
    return Asked(why, span, unless)


@router.get(
    "/audio",
    response_class=Response,
    responses=AUDIO | answers(*NO_AUDIO, "range_not_satisfiable", "ledger_unavailable"),
)
async def listen(
    who: Listener, here: Here, request: Request, call_id: Id, asked: Annotated[Asked, Depends(_asked)]
) -> Response:
    """FLAC, agent left, customer right: the whole, or one range of bytes; 416 for several. Each is in the ledger."""
    async with here.engine.connect() as connection:  # not held while the store is asked
        audio = await find_audio(connection, who, str(call_id))
    async with faults(here.engine, audio.sealed):
        size = await here.vault.size(audio.sealed)
    try:
        span = parse(asked.span if asked.unless in (None, audio.etag) else None, size)
    except BadRange as error:
        raise Unsatisfiable(str(error), size) from error
    play = service.Play(audio.id, audio.agent_id == who.id, doer_of(request, who), asked.why)
    await service.note_play(here.engine, play)
    headers = {"Accept-Ranges": "bytes", "ETag": audio.etag, "Cache-Control": "private, no-store"}
    return await _stream(here, audio, span, size, headers)


@router.post("/listenings", status_code=201, responses=answers("unknown_recording", "no_audio"))
async def say_why(who: Listener, connection: Connection, request: Request, call_id: Id, reason: Reason) -> Listening:
    """Says why you listen, before or while you do: begins a listening, or gives the running one this reason."""
    audio = await find_audio(connection, who, str(call_id))
    play = service.Play(audio.id, audio.agent_id == who.id, doer_of(request, who), reason.why)
    return await service.say_why(connection, play)


@router.get("/listenings", responses=answers("unknown_recording"))
async def list_listenings(
    who: Overseer, connection: Connection, call_id: Id, cursor: Cursor = None, limit: Limit = 50
) -> Page[Listening]:
    """Who heard this recording, when, from where and why; newest first."""
    await get_recording(connection, who, str(call_id))
    items, following = await service.list_listenings(connection, str(call_id), cursor, limit)
    return Page(items=items, next=following)


@router.get("/notes", responses=answers("unknown_recording"))
async def list_notes(
    who: Listener, connection: Connection, call_id: Id, cursor: Cursor = None, limit: Limit = 50
) -> Page[Note]:
    """What was noted at this recording's seconds, newest first; the withdrawn ones too."""
    await get_recording(connection, who, str(call_id))
    items, following = await notes.list_notes(connection, str(call_id), cursor, limit)
    return Page(items=items, next=following)


@router.post("/notes", status_code=201, responses=answers("unknown_recording", "no_audio", "bad_stretch"))
async def add_note(who: Listener, connection: Connection, call_id: Id, note: NewNote) -> Note:
    """Notes something at a second, or at a stretch; it cannot be changed, only withdrawn."""
    return await notes.add(connection, who, await find_audio(connection, who, str(call_id)), note)


@router.delete("/notes/{note_id}", responses=answers("unknown_recording", "unknown_note", "not_your_note"))
async def withdraw_note(who: Listener, connection: Connection, call_id: Id, note_id: Id) -> Note:
    """Withdraws a note: one's own, or any for the manager and the QA supervisor. It stays, with who and when."""
    await get_recording(connection, who, str(call_id))
    return await notes.withdraw(connection, who, str(call_id), str(note_id))


@router.get("/timeline", responses=answers("unknown_recording"))
async def get_timeline(who: Listener, connection: Connection, call_id: Id) -> Timeline:
    """What happened to the call, each with its second in the audio; a span where silence was left out of it."""
    recording = await get_recording(connection, who, str(call_id))
    return await story.timeline(connection, recording.id, recording.duration_s)


@router.post(
    "/clips",
    response_class=Response,
    responses=CLIP | answers(*NO_AUDIO, "bad_stretch", "clips_busy", "ledger_unavailable"),
)
async def take_clip(who: Exporter, here: Here, request: Request, call_id: Id, asked: NewClip) -> Response:
    """A stretch of the recording as a file, what is redacted beeped over. The ledger has it before you do."""
    async with here.engine.connect() as connection:  # not held while it is cut
        audio = await find_audio(connection, who, str(call_id))
    taken = await clips.take(here, doer_of(request, who), audio, asked)
    headers = {
        "Content-Disposition": f'attachment; filename="{taken.name}"',
        "Content-Length": str(taken.clip.size),
        "Repr-Digest": f"sha-256=:{base64.b64encode(taken.clip.sha256).decode()}:",
        "Cache-Control": "no-store",
    }
    return StreamingResponse(taken.pieces(), headers=headers, media_type=f"audio/{asked.form}")


async def _stream(here: Context, audio: Audio, span: Span | None, size: int, headers: dict[str, str]) -> Response:
    start, end = (span.start, span.end) if span else (0, size)
    headers["Content-Length"] = str(end - start)
    if span:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    async with faults(here.engine, audio.sealed):
        pieces = await first_piece(here.engine, audio.sealed, here.vault.read_pieces(audio.sealed, start, end))
    return StreamingResponse(pieces, 206 if span else 200, headers, media_type=FLAC)
