"""A centre's calls, settled by the real worker, with Asterisk's records made for them; and gaps planted in it."""

import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import uuid_utils
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.core.incidents import IncidentKind
from dialer.store.tables import attempts, incidents
from recordings.orphans import CALL_S, Orphans
from recordings.reconcile import Reconciler
from recordings.reconcile_rules import OURS
from recordings.tables import recordings
from tests.database.recordings_world import World

SHORT = 400  # samples: a gap does not get more of a gap by a longer call
NAMES = (
    "no call.wav",
    "../../etc/passwd".replace("/", "∕"),
    "two\nlines.wav",
    "录音\u202e.wav",
    "x" * 250,
    "..wav",
    "$(reboot).wav",
    "-rf",
    "a;b|c.wav",
    "\x1b[31mred",
)


def record(call: str, disposition: str = "ANSWERED") -> str:
    fields = ["", "10010", "13800000000", "tianzhou-out", "", "PJSIP/practice-1", "", "Stasis", "tianzhou"]
    times = ["2026-11-24 08:00:00", "2026-11-24 08:00:05", "2026-11-24 08:00:30", "30", "25"]
    return ",".join(f'"{text}"' for text in [*fields, *times, disposition, "DOCUMENTATION", call, ""]) + "\n"


@dataclass
class Centre:
    """A world with Asterisk's records, and what was planted in it: (kind, subject) each."""

    world: World
    owner: AsyncEngine  # the application's own role may take no row away
    chance: random.Random
    stack: ExitStack
    answered: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    planted: Counter[tuple[IncidentKind, str]] = field(default_factory=Counter)
    by_hand: Counter[str] = field(default_factory=Counter)
    orphans: int = 0

    @property
    def cdr(self) -> Path:
        return self.world.root / "Master.csv"

    @property
    def adopted(self) -> Path:
        return self.world.root / "adopted"

    def reconciler(self) -> Reconciler:
        world = self.world
        made = Reconciler(world.engine, world.vault, self.cdr, world.node, "UTC", world.clock)
        self.stack.callback(made.close)
        return made

    def keeper(self) -> Orphans:
        return Orphans(self.world.engine, self.world.spool, self.adopted, self.world.clock)

    async def calls(self, answered: int, unanswered: int) -> None:
        """Calls of every fate, sealed, with their records."""
        for _ in range(answered):
            call = await self.world.attempt()
            self.world.legs(call, SHORT)
            self.answered.append(call)
        for _ in range(unanswered):
            self.unanswered.append(await self.world.attempt(answered=False))
        lines = [record(call) for call in self.answered] + [record(call, "NO ANSWER") for call in self.unanswered]
        self.chance.shuffle(lines)
        self.cdr.write_text("".join(lines))
        await self.world.worker().sweep()

    async def adopt(self) -> None:
        """Everything in the spool grows old and is looked at."""
        keeper = self.keeper()
        await keeper.sweep()
        self.world.clock.now += CALL_S
        await keeper.sweep()

    async def found(self) -> Counter[tuple[IncidentKind, str]]:
        """The open incidents; orphans, whose subject is made by us, by their number."""
        async with self.world.engine.connect() as connection:
            rows = await connection.execute(select(incidents).where(incidents.c.closed_at.is_(None)))
            return Counter((IncidentKind(row.kind), row.subject if row.kind in OURS else "") for row in rows)

    # -- planting --------------------------------------------------------------------------------------------------

    async def plant(self, count: int) -> None:
        """So many gaps, of every kind in turn, each at a call of its own."""
        kinds: list[Callable[[], Awaitable[None]]] = [
            *(self.file_removed, self.row_removed, self.attempt_removed, self.cdr_extra, self.cdr_answered),
            *(self.cdr_missing, self.file_extra, self.object_extra, self.object_cut, self.object_changed),
            *(self.never_settled, self.call_extra),
        ]
        for number in range(count):
            plant = kinds[number % len(kinds)]
            await plant()
            self.by_hand[plant.__name__] += 1

    async def file_removed(self) -> None:
        call = self._one()
        (await self._object(call)).unlink()
        self._expect(IncidentKind.AUDIO_MISSING, call)

    async def row_removed(self) -> None:
        call = self._one()
        async with self.owner.begin() as connection:
            await connection.execute(delete(recordings).where(recordings.c.attempt_id == call))
        self._expect(IncidentKind.ROW_GONE, call)

    async def attempt_removed(self) -> None:
        call = self._one()
        async with self.owner.begin() as connection:
            await connection.execute(delete(attempts).where(attempts.c.id == call))
        self._expect(IncidentKind.CALL_UNKNOWN, call)

    async def cdr_extra(self) -> None:
        call = str(uuid_utils.uuid7())
        with self.cdr.open("a") as out:
            out.write(record(call))
        self._expect(IncidentKind.CALL_UNKNOWN, call)

    async def cdr_answered(self) -> None:
        call = self.unanswered.pop()
        with self.cdr.open("a") as out:
            out.write(record(call))
        self._expect(IncidentKind.CDR_NOT_ANSWERED, call)

    async def cdr_missing(self) -> None:
        call = self._one()
        kept = [line for line in self.cdr.read_text().splitlines(keepends=True) if call not in line]
        self.cdr.write_text("".join(kept))
        self._expect(IncidentKind.CDR_MISSING, call)

    async def file_extra(self) -> None:
        self.orphans += 1
        name = f"{self.orphans}{self.chance.choice(NAMES)}"[:240]
        (self.world.spool / name).write_bytes(self.chance.randbytes(self.chance.randrange(200)))
        self.planted[(IncidentKind.ORPHAN, "")] += 1

    async def call_extra(self) -> None:
        self.orphans += 1
        self.world.legs(str(uuid_utils.uuid7()), SHORT, which="customer")
        self.planted[(IncidentKind.ORPHAN, "")] += 1

    async def object_extra(self) -> None:
        stored = await self._object(self.answered[0])
        old = stored.parent / f"{uuid_utils.uuid7()}.flac"
        old.write_bytes(self.chance.randbytes(100))
        os.utime(old, (datetime.now(UTC).timestamp() - 3600,) * 2)
        self.planted[(IncidentKind.ORPHAN, "")] += 1

    async def object_cut(self) -> None:
        call = self._one()
        stored = await self._object(call)
        stored.chmod(0o600)
        os.truncate(stored, self.chance.randrange(stored.stat().st_size))
        self._expect(IncidentKind.AUDIO_DIFFERS, call)

    async def object_changed(self) -> None:
        call = self._one()
        stored = await self._object(call)
        body = bytearray(stored.read_bytes())
        body[self.chance.randrange(len(body))] ^= 1 << self.chance.randrange(8)
        stored.chmod(0o600)
        stored.write_bytes(body)
        self._expect(IncidentKind.AUDIO_DIFFERS, call)

    async def never_settled(self) -> None:
        call = await self.world.attempt(answered=False, ended_s_ago=700)
        self._expect(IncidentKind.NOT_SETTLED, call)

    def _one(self) -> str:
        """An answered call that nothing was done to yet; the first one is left alone."""
        return self.answered.pop(self.chance.randrange(1, len(self.answered)))

    def _expect(self, kind: IncidentKind, subject: str) -> None:
        self.planted[(kind, subject)] += 1

    async def _object(self, call: str) -> Path:
        row = await self.world.row(call)
        assert row is not None and row.storage_key is not None
        return self.world.root / "recordings" / str(row.storage_key)
