"""Find, see and verify recordings. They are heard through `api/listening`."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response

from api.access import GuardedRoute, may
from api.auth.roles import Role
from api.auth.sessions import Person
from api.calls.rules import SEE_ALL
from api.context import Connection, Here
from api.documentation import answers
from api.recordings import listing, service
from api.recordings.schemas import (
    Choices,
    ListSearch,
    Peaks,
    Recording,
    Recordings,
    Verification,
)
from api.schemas import Id

router = APIRouter(prefix="/api/v1", tags=["recordings"], route_class=GuardedRoute)

Listener = Annotated[Person, may(*SEE_ALL, Role.AGENT)]
POINTS_MAX = 4000  # as wide as the widest screen
UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "The asker's copy is good"}}
SEARCHES = ("bad_day", "bad_time", "bad_length", "too_many_days", "malformed_number")  # how a search can be wrong
NO_AUDIO = ("unknown_recording", "no_audio", "audio_missing", "audio_broken", "key_missing", "storage_unavailable")


@router.get("/recordings", responses=answers(*SEARCHES))
async def list_recordings(
    who: Listener, connection: Connection, here: Here, asked: Annotated[ListSearch, Query()]
) -> Recordings:
    """Recordings that are there (or, asked for, those that are not), newest first; an agent sees his own.

    One filter alone looks as far back as there are calls; several together, or a length, a disposition or a problem,
    look at 92 days at most, the last ones unless days are given; a number always looks at everything.
    """
    return await listing.list_recordings(connection, who, asked, here.zone)


@router.get("/recordings/choices")
async def list_choices(who: Listener, connection: Connection) -> Choices:
    """The people who have recordings, and the campaigns: what the list can be filtered by."""
    return await listing.choices(connection, who)


@router.get("/recordings/{call_id}", responses=answers("unknown_recording"))
async def get_recording(who: Listener, connection: Connection, call_id: Id) -> Recording:
    """One call's recording, or the reason why there is none."""
    return await listing.get_recording(connection, who, str(call_id))


@router.get("/recordings/{call_id}/peaks", response_model=Peaks, responses=UNCHANGED | answers(*NO_AUDIO))
async def get_peaks(
    who: Listener,
    here: Here,
    call_id: Id,
    response: Response,
    points: Annotated[int, Query(ge=1, le=POINTS_MAX)] = 800,
    known: Annotated[str | None, Header(alias="If-None-Match")] = None,
) -> Peaks | Response:
    """The loudness of each leg along the recording, to be drawn; 304 when the asker's copy is good."""
    async with here.engine.connect() as connection:  # not held while the audio is decoded
        sealed = (await service.find_audio(connection, who, str(call_id))).sealed
    headers = {"ETag": f'"{sealed.pcm.sha256.hex()}-{points}"', "Cache-Control": "private, no-cache"}
    if known == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return await service.peaks(here.vault, here.engine, sealed, points)


@router.get("/recordings/{call_id}/verify", responses=answers("unknown_recording", "no_audio", "storage_unavailable"))
async def verify(who: Listener, here: Here, call_id: Id) -> Verification:
    """Reads the stored audio again and compares its hash with the sealed one."""
    async with here.engine.connect() as connection:  # not held while the audio is decoded
        sealed = (await service.find_audio(connection, who, str(call_id))).sealed
    return await service.verify(here.vault, here.engine, sealed)
