"""What lies in the spool and belongs to no call is adopted: moved aside as it is, hashed, and told; never deleted.

Names are hostile: they are moved under a name of our own and written down only escaped. What is no plain file
(a folder, a link, a pipe) is moved without being opened or followed. Order: a note beside the new place, the move,
the incident; a kill between any two is mended by the next look.
"""

import asyncio
import errno
import hashlib
import json
import os
import shutil
import stat
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import structlog
from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncEngine
from uuid_utils.compat import uuid7

from dialer.core.incidents import Incident, IncidentKind
from dialer.store.database import transaction
from dialer.store.incidents import open_incident
from dialer.store.tables import attempts, incidents
from recordings.spool import SELF_TESTS, call_of

EVERY_S = 15.0
STRANGE_S = 60.0  # a name that is not ours, unchanged for so long, has no writer
CALL_S = 600.0  # a call's file: its attempt is committed before it is dialed, but a database may be coming back
PROBE = ".probe"  # the recorder's own test of the folder
SHOWN = 200
NOTE = ".json"

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Adopted:
    """What was moved aside; `kept_as` is its name there, `name` its escaped name in the spool."""

    kept_as: str
    name: str
    what: str
    bytes: int
    sha256: str | None
    call: str | None
    found_at: str


@dataclass
class Orphans:
    """One node's spool and the folder beside it that takes what is nobody's. `clock` is monotonic."""

    engine: AsyncEngine
    spool: Path
    adopted: Path
    clock: Callable[[], float] = time.monotonic
    _since: dict[bytes, tuple[tuple[int, int, int], float]] = field(default_factory=dict)

    async def run(self) -> None:
        """For ever."""
        while True:
            await self.sweep()
            await asyncio.sleep(EVERY_S)

    async def sweep(self) -> int:
        """Adopts what is ripe; how many incidents it opened. Raises OSError, and as the database."""
        ripe = await asyncio.to_thread(self._ripe)
        known = await self._attempts({call for _name, call in ripe if call is not None})
        for name, call in ripe:
            if call not in known:
                await self._guarded(name, call)
        return await self._tell()

    def _ripe(self) -> list[tuple[bytes, str | None]]:
        """Names that have not changed for long enough, by our own watching, each with the call it names."""
        now, there, ripe = self.clock(), dict[bytes, tuple[tuple[int, int, int], float]](), []
        for name in os.listdir(os.fsencode(self.spool)):
            call = call_of(os.fsdecode(name))
            try:
                seen = os.lstat(os.path.join(os.fsencode(self.spool), name))
            except FileNotFoundError:  # the worker has just removed it
                continue
            if _is_ours(name, seen):
                continue
            mark = (seen.st_ino, seen.st_size, seen.st_mtime_ns)
            before = self._since.get(name)
            since = before[1] if before is not None and before[0] == mark else now
            there[name] = (mark, since)
            if now - since >= (STRANGE_S if call is None else CALL_S):
                ripe.append((name, call))
        self._since = there
        return ripe

    async def _guarded(self, name: bytes, call: str | None) -> None:
        """One that cannot be moved stays where it is, and does not keep the others from it."""
        try:
            await asyncio.to_thread(self._adopt, name, call)
        except OSError as error:
            log.error("cannot adopt", action="adopt_failed", detail=error.strerror)

    async def _attempts(self, calls: set[str]) -> set[str]:
        async with self.engine.connect() as connection:
            return set((await connection.execute(select(attempts.c.id).where(attempts.c.id.in_(calls)))).scalars())

    def _adopt(self, name: bytes, call: str | None) -> None:
        """Moves one aside, its note first. Blocking."""
        source = os.path.join(os.fsencode(self.spool), name)
        self.adopted.mkdir(mode=0o700, parents=True, exist_ok=True)
        seen = os.lstat(source)
        digest = _sha256(source) if stat.S_ISREG(seen.st_mode) else None
        kept = str(uuid7())
        found = Adopted(
            kept, _shown(name), _what(seen.st_mode), seen.st_size, digest, call, datetime.now(UTC).isoformat()
        )
        _write_note(self.adopted / f"{kept}{NOTE}", found)
        _move(source, os.fsencode(self.adopted / kept), stat.S_ISREG(seen.st_mode))
        log.warning("adopted from the spool", action="adopted", kept_as=kept, what=found.what, call=call)

    async def _tell(self) -> int:
        """An incident for everything adopted that has none yet, open or closed."""
        opened = 0
        for found in await asyncio.to_thread(self._notes):
            async with transaction(self.engine) as connection:
                is_told = exists().where(
                    incidents.c.kind == IncidentKind.ORPHAN.value, incidents.c.subject == found.kept_as
                )
                if not await connection.scalar(select(is_told)):
                    opened += await open_incident(connection, _incident_of(found))
        return opened

    def _notes(self) -> list[Adopted]:
        """Notes whose thing did arrive; one that was killed before the move is found again in the spool."""
        found = []
        for note in sorted(self.adopted.glob(f"*{NOTE}")):
            if os.path.lexists(note.with_suffix("")):
                found.append(Adopted(**json.loads(note.read_text())))
        return found


def _is_ours(name: bytes, seen: os.stat_result) -> bool:
    """What the recorder's own tests leave there and will use again."""
    return name == PROBE.encode() or (name == SELF_TESTS.encode() and stat.S_ISDIR(seen.st_mode))


def _incident_of(found: Adopted) -> Incident:
    detail = f"The spool held a {found.what} that no call accounts for; it was adopted."
    at = datetime.fromisoformat(found.found_at)
    return Incident(IncidentKind.ORPHAN, found.kept_as, at, detail, found.call, asdict(found))


def _shown(name: bytes) -> str:
    """A name as plain ASCII, at most SHOWN characters: nothing in it can break a line, a log or a page."""
    text = ascii(os.fsdecode(name))[1:-1]
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _what(mode: int) -> str:
    kinds = ((stat.S_ISREG, "file"), (stat.S_ISDIR, "folder"), (stat.S_ISLNK, "link"), (stat.S_ISFIFO, "pipe"))
    return next((word for holds, word in kinds if holds(mode)), "device")


def _sha256(path: bytes) -> str:
    """Of a plain file, never through a link."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _write_note(path: Path, found: Adopted) -> None:
    with path.open("w") as out:
        json.dump(asdict(found), out)
        out.flush()
        os.fsync(out.fileno())


def _move(source: bytes, target: bytes, is_file: bool) -> None:
    """A rename; a plain file on another disk is copied and synced before it goes. Others stay where they are then."""
    try:
        os.rename(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV or not is_file:
            raise
        shutil.copy2(source, target, follow_symlinks=False)
        with open(target, "rb") as copied:
            os.fsync(copied.fileno())
        os.unlink(source)
