"""Recordings: found by row, read from storage in bounded pieces, verified by decoding them again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.auth.sessions import Person
from api.errors import ApiError, Conflict, NotFound, StorageAway
from api.recordings.listing import find_own, length_s
from api.recordings.schemas import Peaks, Verification
from recordings.alarms import kind_of, raise_alarm
from recordings.errors import AudioError, KeyMissingError, MissingObjectError, StorageError
from recordings.sealed import Sealed, sealed_of
from recordings.vault import Vault

MISSING = "The audio is not in the store; tell QA: it was sealed."
AWAY = "The store of recordings does not answer; try again shortly."


@dataclass(frozen=True)
class Audio:
    """A recording with its audio, and whose call it was."""

    sealed: Sealed
    agent_id: str | None
    duration_s: float

    @property
    def id(self) -> str:
        """The call's id."""
        return self.sealed.call

    @property
    def etag(self) -> str:
        """As HTTP has it: of the sealed samples."""
        return f'"{self.sealed.pcm.sha256.hex()}"'


async def find_audio(connection: AsyncConnection, who: Person, call_id: str) -> Audio:
    """Where the bytes are. Raises NotFound also when the call was not recorded, with the reason."""
    found = await find_own(connection, who, call_id)
    sealed = sealed_of(found.row)
    if sealed is None:
        raise NotFound("no_audio", f"There is no audio of this call: {found.row.reason or 'not stored'}.")
    return Audio(sealed, found.row.agent_id, length_s(found) or 0.0)


async def peaks(vault: Vault, engine: AsyncEngine, sealed: Sealed, points: int) -> Peaks:
    """The audio's shape. Raises NotFound, Conflict when it is not what was sealed, StorageAway."""
    async with faults(engine, sealed):
        found = await vault.peaks(sealed, points)
    return Peaks(
        id=sealed.call,
        rate=found.rate,
        duration_s=found.samples / found.rate,
        points=len(found.agent),
        agent=found.agent,
        customer=found.customer,
    )


async def first_piece(engine: AsyncEngine, sealed: Sealed, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same pieces, the first of them read already: whoever begins to answer knows that there is audio.

    What is wrong further on is an incident, and ends the answer short: never a wrong byte.
    """
    first = await anext(pieces, b"")

    async def all_of_them() -> AsyncIterator[bytes]:
        yield first
        async with faults(engine, sealed):
            async for piece in pieces:
                yield piece

    return all_of_them()


async def verify(vault: Vault, engine: AsyncEngine, sealed: Sealed) -> Verification:
    """Decodes the stored audio and compares its hash with the sealed one. Raises StorageAway, Conflict."""
    try:
        async with faults(engine, sealed):
            found = (await vault.pcm(sealed)).sha256
    except NotFound:
        return _verdict(sealed, None, "The audio is not in the store.")
    except Conflict as error:
        return _verdict(sealed, None, error.detail)
    same = found == sealed.pcm.sha256
    return _verdict(sealed, found, "The stored audio is as sealed." if same else "The stored audio was changed.")


@asynccontextmanager
async def faults(engine: AsyncEngine, sealed: Sealed) -> AsyncIterator[None]:
    """What the vault raises inside, as an answer; what it says of the promise is an incident too."""
    try:
        yield
    except (MissingObjectError, KeyMissingError, AudioError) as error:
        await raise_alarm(engine, kind_of(error), sealed.call, str(error))
        raise _said(error) from error
    except StorageError as error:
        raise StorageAway(AWAY) from error


def _said(error: Exception) -> ApiError:
    match error:
        case MissingObjectError():
            return NotFound("audio_missing", MISSING)
        case KeyMissingError():
            return Conflict("key_missing", f"This recording cannot be opened: {error}.")
        case _:
            return Conflict("audio_broken", "The stored audio is not what was sealed; tell QA.")


def _verdict(sealed: Sealed, found: bytes | None, detail: str) -> Verification:
    expected = sealed.pcm.sha256
    return Verification(
        id=sealed.call,
        intact=found == expected,
        expected_sha256=expected.hex(),
        found_sha256=found.hex() if found else None,
        detail=detail,
    )
