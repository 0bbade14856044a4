"""Find, listen to and verify recordings; how complete a day is."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Response
from fastapi.responses import StreamingResponse

from api.access import GuardedRoute, may
from api.auth.roles import Role
from api.auth.sessions import Person
from api.calls.rules import SEE_ALL
from api.context import Connection, Here
from api.errors import Unsatisfiable
from api.filters import checked_day, moment_from, moment_to
from api.recordings import service
from api.recordings.ranges import BadRange, Span, parse
from api.recordings.schemas import Completeness, Recording, Verification
from api.schemas import Cursor, Id, Limit, Line, Page
from recordings.completeness import completeness

router = APIRouter(prefix="/api/v1", tags=["recordings"], route_class=GuardedRoute)

Listener = Annotated[Person, may(*SEE_ALL, Role.AGENT)]
Counter = Annotated[Person, may(Role.MANAGER, Role.SUPERVISOR, Role.QA_SUPERVISOR, Role.QA_INSPECTOR, Role.AUDITOR)]
FLAC = "audio/flac"
AUDIO: dict[int | str, dict[str, Any]] = {
    200: {"content": {FLAC: {"schema": {"type": "string", "format": "binary"}}}},
    206: {"description": "The asked range", "content": {FLAC: {"schema": {"type": "string", "format": "binary"}}}},
}


def _filters(
    here: Here,
    agent: Annotated[Line | None, Query(description="user id or user name")] = None,
    from_: Annotated[Line | None, Query(alias="from", description="day, or RFC 3339 time")] = None,
    to: Annotated[Line | None, Query(description="day (all of it), or RFC 3339 time (before it)")] = None,
    phone: Annotated[Line | None, Query(description="whole number or its last four digits")] = None,
    campaign: Id | None = None,
) -> service.Filters:
    return service.Filters(
        agent=agent,
        start=moment_from(from_, here.zone, "query.from") if from_ else None,
        end=moment_to(to, here.zone, "query.to") if to else None,
        phone=phone,
        campaign_id=str(campaign) if campaign else None,
    )


@router.get("/recordings")
async def list_recordings(
    who: Listener,
    connection: Connection,
    filters: Annotated[service.Filters, Depends(_filters)],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Recording]:
    """Recordings that are there, newest first; an agent sees his own."""
    items, following = await service.list_recordings(connection, who, filters, cursor, limit)
    return Page(items=items, next=following)


@router.get("/recordings/{call_id}")
async def get_recording(who: Listener, connection: Connection, call_id: Id) -> Recording:
    """One call's recording, or the reason why there is none."""
    return await service.get_recording(connection, who, str(call_id))


@router.get("/recordings/{call_id}/audio", response_class=Response, responses=AUDIO)
async def listen(
    who: Listener,
    connection: Connection,
    here: Here,
    call_id: Id,
    asked: Annotated[str | None, Header(alias="Range")] = None,
    unless: Annotated[str | None, Header(alias="If-Range")] = None,
) -> Response:
    """FLAC, agent left, customer right: the whole, or one range of bytes; 416 for several."""
    audio = await service.find_audio(connection, who, str(call_id))
    size = await service.size_of(here.storage, audio)
    etag = f'"{audio.sha256.hex()}"'
    try:
        span = parse(asked if unless in (None, etag) else None, size)
    except BadRange as error:
        raise Unsatisfiable(str(error), size) from error
    headers = {"Accept-Ranges": "bytes", "ETag": etag, "Cache-Control": "private, no-store"}
    return _stream(here, audio, span, size, headers)


@router.get("/recordings/{call_id}/verify")
async def verify(who: Listener, here: Here, call_id: Id) -> Verification:
    """Reads the stored audio again and compares its hash with the sealed one."""
    async with here.engine.connect() as connection:  # not held while the audio is decoded
        audio = await service.find_audio(connection, who, str(call_id))
    return await service.verify(here.storage, audio)


@router.get("/completeness")
async def count_day(
    _who: Counter,
    connection: Connection,
    here: Here,
    day: Annotated[Line, Query(examples=["2026-11-24"], description="a day of the centre's zone")],
) -> Completeness:
    """Every call of the day: present, absent with its reason, or open."""
    return Completeness(**await completeness(connection, checked_day(day, "query.day"), here.zone.key))


def _stream(here: Here, audio: service.Audio, span: Span | None, size: int, headers: dict[str, str]) -> Response:
    start, end = (span.start, span.end) if span else (0, size)
    headers["Content-Length"] = str(end - start)
    if span:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    pieces = here.storage.read_pieces(audio.key, start, end)
    return StreamingResponse(pieces, 206 if span else 200, headers, media_type=FLAC)
