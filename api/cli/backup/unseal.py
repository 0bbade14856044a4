"""After a restore: the audio of calls that were sealed after the snapshot goes back into the spool as two legs.

The seal is lossless, so sealing those legs again gives the same samples, and the worker finds its own object.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import soundfile
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncEngine

from api.cli.backup import files
from dialer.store.tables import attempts
from recordings.audio import BLOCK, SAMPLE, Pcm
from recordings.errors import MissingObjectError
from recordings.keys import Wrapped
from recordings.sealed import Sealed
from recordings.spool import AGENT, CHANNEL, CUSTOMER
from recordings.storage import keys_of
from recordings.tables import recording_keys, recordings
from recordings.vault import Vault
from recordings.wav import header_of, inspect


async def unseal(engine: AsyncEngine, vault: Vault, spool: Path) -> int:
    """Gives the legs back of every call without a recordings row whose object is in the store; how many calls."""
    keys = recording_keys.c
    query = (
        select(attempts.c.id, attempts.c.opened_at, keys.key_id, keys.wrapped)
        .outerjoin(recordings, recordings.c.attempt_id == attempts.c.id)
        .outerjoin(recording_keys, keys.attempt_id == attempts.c.id)
        .where(recordings.c.attempt_id.is_(None))
    )
    async with engine.connect() as connection:
        calls = list(await connection.execute(query))
    return sum([await _unseal_call(vault, spool, row) for row in calls])


async def _unseal_call(vault: Vault, spool: Path, row: Row[Any, Any, Any, Any]) -> bool:
    """True when its legs were written from its object, the newest where a key was taken."""
    found: str | None = None
    for key in keys_of(row.id, row.opened_at):
        try:
            await vault.storage.size(key)
        except MissingObjectError:
            break
        found = key
    if found is None:
        return False
    wrapped = Wrapped(row.key_id, row.wrapped) if row.key_id is not None else None
    async with vault.copy(Sealed(row.id, found, None, None, None, Pcm(b"", 0), wrapped)) as flac:
        return await asyncio.to_thread(_write_legs, flac, spool, row.id)


def _write_legs(flac: Path, spool: Path, call: str) -> bool:
    """Legs that hold more than the object stay: they went on after it."""
    with soundfile.SoundFile(flac) as source:
        samples = int(source.frames)
    legs = {suffix: spool / f"{call}{suffix}" for suffix in (CUSTOMER, AGENT)}
    if any(leg.exists() and inspect(leg).samples > samples for leg in legs.values()):
        return False
    for suffix, leg in legs.items():
        leg.unlink(missing_ok=True)
        files.write(leg, _leg(flac, samples, CHANNEL[suffix]))
    return True


def _leg(flac: Path, samples: int, channel: int) -> Iterator[bytes]:
    yield header_of(samples)
    with soundfile.SoundFile(flac) as source:
        while len(block := source.read(BLOCK, dtype="int16", always_2d=True)):
            yield block[:, channel].astype(SAMPLE).tobytes()
