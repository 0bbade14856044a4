"""A recording as the worker leaves it: an encrypted object, its wrapped key, its row."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from api.ids import new_id
from recordings.audio import write_flac
from recordings.peaks import Shape
from recordings.sealed import Sealed
from recordings.tables import recording_keys
from recordings.vault import Made, Vault
from recordings.wav import header_of, inspect
from tests.api.office import Office


async def sealed(office: Office, vault: Vault, folder: Path, days: int = 40, samples: int = 800) -> Sealed:
    """A recording so many days old, with its own key and its object."""
    call, opened = new_id(), datetime.now(UTC) - timedelta(days=days)
    noise = np.random.default_rng(5).integers(-9000, 9000, samples).astype("<i2").tobytes()
    (folder / "leg.wav").write_bytes(header_of(samples) + noise)
    shape = Shape(samples)
    pcm = write_flac(inspect(folder / "leg.wav"), None, folder / "a.flac", shape.add)
    own = vault.keys.make()
    stored = await vault.keep(call, opened, Made(folder / "a.flac", pcm, shape.kept()), own)
    async with office.engine.begin() as connection:
        row = {"attempt_id": call, "key_id": own.key_id, "wrapped": own.wrapped}
        await connection.execute(recording_keys.insert().values(row))
    form = {"rate": pcm.rate, "channels": pcm.channels, "samples": pcm.samples, "sha256_pcm": pcm.sha256}
    told = {"key_id": own.key_id, "bytes": stored.envelope.object_bytes, "flac_bytes": stored.envelope.flac_bytes}
    told["object_sha256"] = stored.envelope.object_sha256
    await office.recording(attempt_id=call, started_at=opened, storage_key=stored.key, **form, **told)
    size, sha = stored.envelope.object_bytes, stored.envelope.object_sha256
    return Sealed(call, stored.key, size, sha, stored.envelope.flac_bytes, pcm, own)
