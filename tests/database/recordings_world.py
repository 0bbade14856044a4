"""A small world for the recordings tests: attempts in the database, legs in a spool, and looks at what came of it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import uuid_utils
from sqlalchemy import Row, func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.core.incidents import IncidentKind
from dialer.core.ledger import Entry, EntryKind, first_break
from dialer.machine import Paths, keep_secrets
from dialer.store import ledger
from dialer.store.tables import attempts, incidents
from recordings.audio import Pcm
from recordings.checkpoints import Signer
from recordings.copies import Copies
from recordings.keys import keyring_of
from recordings.sealed import find_sealed
from recordings.signing import signing_key
from recordings.storage import Storage, local_storage
from recordings.tables import recordings
from recordings.vault import Vault
from recordings.wav import header_of
from recordings.worker import Worker

RATE = 8000
CAMPAIGN = str(uuid_utils.uuid7())


@dataclass
class Clock:
    """A monotonic clock moved by hand."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class World:
    """One node's folders, its storage, its worker's clock."""

    engine: AsyncEngine
    root: Path
    clock: Clock = field(default_factory=Clock)
    node: str = "node-1"

    def __post_init__(self) -> None:
        self.spool.mkdir(parents=True, exist_ok=True)
        keep_secrets(Paths(self.root))

    @property
    def spool(self) -> Path:
        return self.root / "spool"

    @property
    def work(self) -> Path:
        return self.root / "work"

    @property
    def storage(self) -> Storage:
        return local_storage(self.root / "recordings")

    async def incidents(self, kind: IncidentKind, is_open: bool = True) -> list[str]:
        """The subjects of this kind's incidents."""
        ended = incidents.c.closed_at.is_(None) if is_open else incidents.c.closed_at.is_not(None)
        query = select(incidents.c.subject).where(incidents.c.kind == kind.value, ended)
        async with self.engine.connect() as connection:
            return list(await connection.scalars(query.order_by(incidents.c.subject)))

    @property
    def vault(self) -> Vault:
        return Vault(self.storage, keyring_of(Paths(self.root)), self.work)

    @property
    def paths(self) -> Paths:
        return Paths(self.root)

    @property
    def copies(self) -> Copies:
        return Copies(self.paths.checkpoints)

    def signer(self) -> Signer:
        """A signer as after a start, with this world's key."""
        keep_secrets(self.paths)
        return Signer(self.engine, signing_key(self.paths), self.copies)

    def worker(self, kind: type[Worker] = Worker) -> Worker:
        """A worker as after a start: it remembers nothing."""
        return kind(self.engine, self.vault, self.spool, self.work, self.node, self.clock)

    async def attempt(self, answered: bool = True, ended_s_ago: float = 90.0, **columns: Any) -> str:
        """An ended attempt and its intent in the ledger; `columns` override."""
        call, now = str(uuid_utils.uuid7()), datetime.now(UTC)
        ended = now - timedelta(seconds=ended_s_ago)
        row = {
            "id": call,
            "campaign_id": CAMPAIGN,
            "number": "+8613800000000",
            "mode": "progressive",
            "trunk": "practice",
            "node": self.node,
            "token": 1,
            "opened_at": now,
            "answered_at": ended - timedelta(seconds=1) if answered else None,
            "ended_at": ended,
            "dial_result": "answered" if answered else "no_answer",
        }
        async with self.engine.begin() as connection:
            await connection.execute(insert(attempts).values(row | columns))
            await ledger.append(connection, [Entry(EntryKind.INTENT, call, now, {"mode": "progressive"})])
        return call

    def legs(self, call: str, samples: int = RATE, closed: bool = True, which: str = "agent customer") -> None:
        """The call's files: noise, different in each."""
        for name in which.split():
            path = self.spool / f"{call}-{name}.wav"
            noise = np.random.default_rng(list(path.name.encode())).integers(-9000, 9000, samples).astype("<i2")
            path.write_bytes(header_of(samples, closed) + noise.tobytes())

    async def answered_call(self, **legs: Any) -> str:
        """An ended, answered attempt with its files."""
        call = await self.attempt()
        self.legs(call, **legs)
        return call

    async def row(self, call: str) -> Row[Any] | None:
        """Its recordings row."""
        async with self.engine.connect() as connection:
            found = await connection.execute(select(recordings).where(recordings.c.attempt_id == call))
            return found.one_or_none()

    async def pcm(self, call: str) -> Pcm:
        """What its stored object decodes to."""
        async with self.engine.connect() as connection:
            sealed = await find_sealed(connection, call)
        assert sealed is not None
        return await self.vault.pcm(sealed)

    async def witnesses(self, call: str) -> list[Entry]:
        """Its seals and absences in the ledger, which must be whole."""
        async with self.engine.connect() as connection:
            rows = [row async for row in ledger.read_rows(connection)]
            assert first_break(rows, *await ledger.head(connection)) is None
        kinds = (EntryKind.SEAL, EntryKind.ABSENCE)
        return [row.entry for row in rows if row.entry.attempt_id == call and row.entry.kind in kinds]

    async def rows(self) -> int:
        """How many recordings rows there are."""
        async with self.engine.connect() as connection:
            return (await connection.execute(select(func.count()).select_from(recordings))).scalar_one()

    def left(self) -> list[str]:
        """Names in the spool."""
        return sorted(item.name for item in self.spool.iterdir())
