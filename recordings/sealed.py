"""A sealed recording as its rows describe it: where its object lies, what it must be, and its wrapped key."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from recordings.audio import Pcm
from recordings.keys import Wrapped
from recordings.tables import recording_keys, recordings


@dataclass(frozen=True)
class Sealed:
    """One recording with an object; `wrapped` None = a plain FLAC of before encryption.

    `size` and `sha256` are of the object as stored, `flac_bytes` of the plain FLAC.
    """

    call: str
    key: str
    size: int | None
    sha256: bytes | None
    flac_bytes: int | None
    pcm: Pcm
    wrapped: Wrapped | None


def with_key(query: Select[Any]) -> Select[Any]:
    """A query of `recordings` with each one's wrapped key beside, as `sealed_of` reads it."""
    same = recording_keys.c.attempt_id == recordings.c.attempt_id
    return query.add_columns(recording_keys.c.wrapped).outerjoin(recording_keys, same)


def sealed_of(row: Row[Any]) -> Sealed | None:
    """What a row of `with_key` describes; None = a recording without an object."""
    if row.storage_key is None or row.status != "present":
        return None
    pcm = Pcm(row.sha256_pcm, row.samples, row.rate, row.channels)
    wrapped = Wrapped(row.key_id, row.wrapped) if row.key_id is not None else None
    return Sealed(row.attempt_id, row.storage_key, row.bytes, row.object_sha256, row.flac_bytes, pcm, wrapped)


async def find_sealed(connection: AsyncConnection, call: str) -> Sealed | None:
    """One call's sealed recording; None = there is no object of it."""
    row = (
        await connection.execute(with_key(select(recordings)).where(recordings.c.attempt_id == call))
    ).one_or_none()
    return sealed_of(row) if row is not None else None
