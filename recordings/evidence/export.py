"""Makes the evidence of one call: the ledger row of who takes it and why, a checkpoint over it, then the zip.

The number is whole in it: the row says so.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.core.ledger import Entry, EntryKind, content_of
from dialer.machine import Paths
from dialer.store import ledger
from dialer.store.database import transaction
from recordings.checkpoints import Signer, newest
from recordings.copies import Copies
from recordings.evidence.bundle import About, Proofs, pack, to_wav, write
from recordings.evidence.case import Case, gather, last_row
from recordings.evidence.proofs import Prover
from recordings.notes import SigningKey, opened
from recordings.signing import signing_key
from recordings.storage import COPY_PREFIX, work_folder
from recordings.vault import Vault

SIGN_WITHIN_S = 30.0
TRY_S = 0.2


@dataclass(frozen=True)
class Asked:
    """Who takes the evidence of which call away, from where and why; None = unknown, as on the command line."""

    call: str
    who: str
    session_id: str | None
    address: str | None
    why: str


class Exporter:
    """Makes evidence from one installation."""

    def __init__(self, engine: AsyncEngine, vault: Vault, paths: Paths) -> None:
        self._engine, self._vault, self._paths = engine, vault, paths

    @asynccontextmanager
    async def export(self, asked: Asked, about: About) -> AsyncIterator[Path]:
        """The zip, on our disk while the block runs; the export is in the ledger by then.

        Raises NoteError without a key, LedgerBroken, TimeoutError when it cannot be signed in time, and as the vault.
        """
        key = signing_key(self._paths)
        await self._note(asked)
        async with self._folder() as folder:
            files, target = folder / "files", folder / f"{asked.call}.zip"
            await asyncio.to_thread(files.mkdir)
            case, proofs = await self._prove(asked.call, key)
            await self._audio(case, files)
            await asyncio.to_thread(write, files, case, about, proofs, key)
            await asyncio.to_thread(pack, files, target)
            yield target

    async def _note(self, asked: Asked) -> None:
        """The ledger row, committed before anything is made."""
        body = {
            "what": "evidence",
            "user_id": asked.who,
            "session_id": asked.session_id,
            "address": asked.address,
            "why": asked.why,
            "number_revealed": True,
        }
        async with transaction(self._engine) as connection:
            await ledger.append(connection, [Entry(EntryKind.EXPORTED, asked.call, datetime.now(UTC), body)])

    async def _prove(self, call: str, key: SigningKey) -> tuple[Case, Proofs]:
        """The case under a checkpoint that covers all its rows, in one snapshot, and the proofs."""
        await self._sign(call, key)
        async with self._engine.connect() as plain:
            connection = await plain.execution_options(isolation_level="REPEATABLE READ")
            case = await gather(connection, call)
            prover = Prover(connection, opened(case.newest.note, key.public))
            covered = [row for row in case.rows if row.seq <= case.newest.checkpoint.size]
            rows = {row.seq: await prover.inclusion(row.seq, content_of(row)) for row in covered}
            earlier = {name: await prover.consistency(opened(note, key.public)) for name, note in _earlier(case)}
        return replace(case, rows=covered), Proofs(rows, earlier)

    async def _sign(self, call: str, key: SigningKey) -> None:
        """A checkpoint over the call's rows: made now, unless the worker is making one that does it."""
        signer = Signer(self._engine, key, Copies(self._paths.checkpoints))
        async with asyncio.timeout(SIGN_WITHIN_S):
            while not await self._is_signed(call):
                if await signer.sign_all() is None:
                    await asyncio.sleep(TRY_S)

    async def _is_signed(self, call: str) -> bool:
        async with self._engine.connect() as connection:
            kept = await newest(connection)
            return kept is not None and kept.checkpoint.size >= await last_row(connection, call)

    async def _audio(self, case: Case, folder: Path) -> None:
        if case.sealed is None:
            return
        async with self._vault.copy(case.sealed) as flac:
            await asyncio.to_thread(_take, flac, folder / "audio.flac")
        await asyncio.to_thread(to_wav, folder / "audio.flac", folder / "audio.wav")

    @asynccontextmanager
    async def _folder(self) -> AsyncIterator[Path]:
        work = work_folder(self._paths)
        work.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=COPY_PREFIX, dir=work) as folder:
            yield Path(folder)


def _earlier(case: Case) -> list[tuple[str, str]]:
    found = []
    if case.first is not None:
        found.append(("checkpoint-first.txt", case.first.note))
    if case.stamp is not None:
        found.append(("checkpoint-stamped.txt", case.stamp.note))
    return found


def _take(source: Path, target: Path) -> None:
    source.rename(target)
