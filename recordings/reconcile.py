"""The reconciler: attempts, recordings, ledger, store and Asterisk's own records compared, without pause.

Every 15 s the calls of the last quarter of an hour; every five minutes what is open or unsettled; each night
a whole day with every byte of its audio. A gap becomes an incident, one found right is closed.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.core.incidents import Incident, IncidentKind
from dialer.store.database import transaction
from dialer.store.incidents import close_over, open_incident
from dialer.store.tables import attempts, incidents, ledger, ledger_head
from recordings.cdr import CdrTail, Record, dispositions
from recordings.completeness import day_bounds
from recordings.errors import StorageError
from recordings.reconcile_rules import (
    IN_FLIGHT,
    LATE,
    OURS,
    Audio,
    Gap,
    LedgerSays,
    Witnesses,
    explained,
    gaps_of,
    over_of,
)
from recordings.records import first_id, lowest_id
from recordings.storage import call_of_key, day_prefix
from recordings.tables import recordings
from recordings.vault import Vault
from recordings.witnesses import SETTLING, Seen, listen_in, look

EVERY_S = 15.0
RECHECK_S = 300.0
WINDOW = timedelta(minutes=15)
LONGEST_CALL = timedelta(hours=6)
OLDEST = timedelta(days=3)  # an unsettled call is looked for so far back; the night before looked further
FRESH_S = 90.0
REMEMBERED_S = 1800.0  # a CDR record is kept in mind so long after it was read
RECHECKED = 500  # open incidents, and unsettled calls, in one look
OVER = "Found right by the reconciler."

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Found:
    """What one look gave: how many calls were compared, what is amiss, how many incidents it opened and closed."""

    calls: int
    gaps: list[Gap] = field(default_factory=list)
    opened: int = 0
    closed: int = 0


class Reconciler:
    """One node's; `run` for ever, or `recent`, `recheck` and `night` by hand. `monotonic` is its clock."""

    def __init__(
        self,
        engine: AsyncEngine,
        vault: Vault,
        cdr: Path,
        node: str,
        zone: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine, self._vault, self._cdr_path = engine, vault, cdr
        self._node, self._zone, self._monotonic = node, zone, monotonic
        self._tail = CdrTail(cdr)
        self._records: dict[str, tuple[float, set[str]]] = {}
        self._covers_from: datetime | None = None  # None = nothing read yet
        self._ledger_seq: int | None = None
        self._from_ledger: dict[str, float] = {}  # calls lately written in the ledger, and when that was read
        self._audio: dict[str, Audio] = {}

    async def run(self) -> None:
        """For ever; what a look cannot reach is tried again at the next one."""
        recheck_due = self._monotonic()
        try:
            while True:
                begun = self._monotonic()
                await self.recent()
                if begun >= recheck_due:
                    await self.recheck()
                    recheck_due = begun + RECHECK_S
                await asyncio.sleep(max(0.0, EVERY_S - (self._monotonic() - begun)))
        finally:
            self.close()

    def close(self) -> None:
        """Lets go of Asterisk's file."""
        self._tail.close()

    async def recent(self) -> Found:
        """The calls of the last minutes. Reads only what is new of Asterisk's records. Raises as the database."""
        await self._read_cdr()
        ended = await self._ended_lately()
        calls = ended | await self._lately_in_ledger() | self._lately_in_cdr()
        seen = await look(self._engine, calls, self._node)
        self._audio = {call: audio for call, audio in self._audio.items() if call in calls}
        for call, sealed in seen.sealed.items():
            if call in ended and self._audio.get(call, Audio.UNCHECKED) is Audio.UNCHECKED:
                self._audio[call] = await listen_in(self._vault, sealed, deep=False)
        witnesses = [self._of(call, seen, self._cdr_of(call, seen), self._audio.get(call)) for call in calls]
        return await self._settle(witnesses)

    async def recheck(self) -> Found:
        """Calls with an open incident of ours, and the unsettled ones; audio to its last byte."""
        calls = set(await self._with_incidents()) | set(await self._unsettled())
        cdr = await asyncio.to_thread(dispositions, self._cdr_path, calls) if calls else None
        return await self._compare(calls, cdr)

    async def night(self, day: date) -> Found:
        """A whole day, hour by hour, with every byte of its audio, and what lies in the store without a row."""
        start, end = day_bounds(day, self._zone)
        cdr = await asyncio.to_thread(dispositions, self._cdr_path, None, (first_id(start), first_id(end)))
        calls, gaps, opened, closed = 0, list[Gap](), 0, 0
        while start < end:
            found = await self._hour(start, start + timedelta(hours=1), cdr)
            calls, opened, closed = calls + found.calls, opened + found.opened, closed + found.closed
            gaps += found.gaps
            start += timedelta(hours=1)
        orphans = await self._objects_without_row(day, {gap.call for gap in gaps})
        log.info("the day is compared", action="night", calls=calls, gaps=len(gaps), objects_without_row=orphans)
        return Found(calls, gaps, opened + orphans, closed)

    async def _hour(self, start: datetime, end: datetime, cdr: dict[str, set[str]] | None) -> Found:
        first, last = first_id(start), first_id(end)
        calls = await self._known_between(first, last)
        return await self._compare(calls | {call for call in cdr or () if first <= call < last}, cdr)

    async def _compare(self, calls: Collection[str], cdr: dict[str, set[str]] | None) -> Found:
        """Everything that can be asked about these calls, by everybody who may know them."""
        seen = await look(self._engine, calls, self._node)
        witnesses = []
        for call in sorted(calls):
            sealed = seen.sealed.get(call)
            audio = await listen_in(self._vault, sealed, deep=True) if sealed is not None else None
            here = call in seen.mine or call not in seen.attempts
            said = frozenset(cdr.get(call, ())) if cdr is not None and here else None
            witnesses.append(self._of(call, seen, said, audio))
        return await self._settle(witnesses)

    # -- who knows something ---------------------------------------------------------------------------------------

    async def _read_cdr(self) -> None:
        """What Asterisk wrote since the last look; without its file nothing is said about it but that."""
        now, is_first = self._monotonic(), self._covers_from is None
        try:
            new = await asyncio.to_thread(self._tail.read)
        except OSError as error:
            self._covers_from = None
            await self._cdr_away(error)
            return
        for record in new:
            _read_at, said = self._records.get(record.call, (now, set()))
            self._records[record.call] = (now - FRESH_S if is_first else now, said | {record.disposition})
        if is_first:
            self._covers_from = await self._begin_of(new)
            await self._cdr_back()
        self._records = {call: kept for call, kept in self._records.items() if now - kept[0] < REMEMBERED_S}

    async def _begin_of(self, new: Sequence[Record]) -> datetime:
        """From when on the records read at the start say everything: the end of the first call in them."""
        if self._tail.is_whole:
            return datetime.min.replace(tzinfo=UTC)
        seen = await look(self._engine, [record.call for record in new[:50]], self._node)
        ends = [said.ended_at for said in seen.attempts.values() if said.ended_at is not None]
        return min(ends, default=datetime.now(UTC)) + IN_FLIGHT

    def _cdr_of(self, call: str, seen: Seen) -> frozenset[str] | None:
        said = self._records.get(call)
        if said is not None:
            return frozenset(said[1])
        attempt = seen.attempts.get(call)
        if attempt is None or attempt.ended_at is None or call not in seen.mine or self._covers_from is None:
            return None
        return frozenset() if attempt.ended_at >= self._covers_from else None

    def _lately_in_cdr(self) -> set[str]:
        """Calls of new records, until everybody has had the time to know them; those read at the start, once."""
        since = self._monotonic() - FRESH_S - 1
        return {call for call, (read_at, _said) in self._records.items() if read_at >= since}

    async def _ended_lately(self) -> set[str]:
        since = datetime.now(UTC) - WINDOW
        query = select(attempts.c.id).where(
            attempts.c.id >= lowest_id(since - LONGEST_CALL),
            attempts.c.node == self._node,
            attempts.c.ended_at >= since,
        )
        async with self._engine.connect() as connection:
            return set((await connection.execute(query)).scalars())

    async def _lately_in_ledger(self) -> set[str]:
        """Calls that the ledger was told of lately: it remembers those whose rows were taken away."""
        now = self._monotonic()
        async with self._engine.connect() as connection:
            if self._ledger_seq is None:
                self._ledger_seq = max(0, (await connection.execute(select(ledger_head.c.seq))).scalar_one() - 1000)
            news = select(ledger.c.seq, ledger.c.attempt_id).where(ledger.c.seq > self._ledger_seq)
            for seq, call in await connection.execute(news.order_by(ledger.c.seq)):
                self._ledger_seq = seq
                if call is not None:
                    self._from_ledger[call] = now
        window = WINDOW.total_seconds()
        self._from_ledger = {call: at for call, at in self._from_ledger.items() if now - at < window}
        return set(self._from_ledger)

    async def _known_between(self, first: str, last: str) -> set[str]:
        """Every call with an id in the range that any of our tables knows."""
        asked = (
            select(attempts.c.id).where(attempts.c.id >= first, attempts.c.id < last),
            select(recordings.c.attempt_id).where(recordings.c.attempt_id >= first, recordings.c.attempt_id < last),
            select(ledger.c.attempt_id).where(
                ledger.c.attempt_id >= first, ledger.c.attempt_id < last, ledger.c.kind.in_(("intent", *SETTLING))
            ),
        )
        async with self._engine.connect() as connection:
            return {call for query in asked for call in (await connection.execute(query)).scalars()}

    async def _with_incidents(self) -> list[str]:
        kinds = [kind.value for kind in OURS]
        wanted = (incidents.c.closed_at.is_(None), incidents.c.kind.in_(kinds), incidents.c.call_id.is_not(None))
        query = select(incidents.c.call_id).where(*wanted).distinct().limit(RECHECKED)
        async with self._engine.connect() as connection:
            return list((await connection.execute(query)).scalars())

    async def _unsettled(self) -> list[str]:
        now = datetime.now(UTC)
        query = (
            select(attempts.c.id)
            .outerjoin(recordings, recordings.c.attempt_id == attempts.c.id)
            .where(attempts.c.id >= lowest_id(now - OLDEST), attempts.c.node == self._node)
            .where(attempts.c.ended_at < now - LATE, recordings.c.attempt_id.is_(None))
            .limit(RECHECKED)
        )
        async with self._engine.connect() as connection:
            return list((await connection.execute(query)).scalars())

    # -- what follows ----------------------------------------------------------------------------------------------

    def _of(self, call: str, seen: Seen, cdr: frozenset[str] | None, audio: Audio | None) -> Witnesses:
        attempt, row = seen.attempts.get(call), seen.rows.get(call)
        told = seen.ledger.get(call, LedgerSays())
        return Witnesses(call, attempt, row, told, audio or Audio.UNCHECKED, cdr)

    async def _settle(self, witnesses: Sequence[Witnesses]) -> Found:
        """Opens what is new, closes what is over."""
        now = datetime.now(UTC)
        gaps = [gap for known in witnesses for gap in gaps_of(known, now)]
        standing = await self._standing(known.call for known in witnesses)
        to_open = explained({key: by_person for key, (is_open, by_person) in standing.items() if not is_open}, gaps)
        opened = [await self._open(gap, now) for gap in to_open]
        closed = 0
        for known in witnesses:
            kinds = [kind for kind in OURS if standing.get((kind, known.call), (False, False))[0]]
            for kind in over_of(kinds, known, now):
                closed += await self._close(kind, known.call, now)
        return Found(len(witnesses), gaps, sum(opened), closed)

    async def _standing(self, calls: Iterable[str]) -> dict[tuple[IncidentKind, str], tuple[bool, bool]]:
        """The incidents of these calls, by kind: whether one is open, else whether a person closed one."""
        wanted, found = sorted(calls), dict[tuple[IncidentKind, str], tuple[bool, bool]]()
        names = (incidents.c.kind, incidents.c.subject, incidents.c.closed_at, incidents.c.closed_by)
        async with self._engine.connect() as connection:
            for start in range(0, len(wanted), 1000):
                query = select(*names).where(incidents.c.call_id.in_(wanted[start : start + 1000]))
                for kind, subject, closed_at, closed_by in await connection.execute(query):
                    key = (IncidentKind(kind), subject)
                    is_open, by_person = found.get(key, (False, False))
                    found[key] = (is_open or closed_at is None, by_person or closed_by is not None)
        return found

    async def _open(self, gap: Gap, now: datetime) -> bool:
        async with transaction(self._engine) as connection:
            new = await open_incident(connection, Incident(gap.kind, gap.call, now, gap.detail, gap.call))
        if new:
            log.error("a gap", action="gap", kind=gap.kind.value, call=gap.call, detail=gap.detail)
        return new

    async def _close(self, kind: IncidentKind, subject: str, now: datetime) -> bool:
        async with transaction(self._engine) as connection:
            return await close_over(connection, kind, subject, now, OVER)

    async def _cdr_away(self, error: OSError) -> None:
        """Without Asterisk's records there is one incident, not one for each call; and none where nobody called."""
        if not await self._ended_lately():
            return
        detail = f"Asterisk's call records cannot be read: {error.strerror}."
        async with transaction(self._engine) as connection:
            found = Incident(IncidentKind.CDR_MISSING, self._node, datetime.now(UTC), detail)
            await open_incident(connection, found)

    async def _cdr_back(self) -> None:
        await self._close(IncidentKind.CDR_MISSING, self._node, datetime.now(UTC))

    async def _objects_without_row(self, day: date, known_bad: set[str]) -> int:
        """Objects of the day that no row names become orphans; they stay where they are."""
        start, end = day_bounds(day, self._zone)
        query = select(recordings.c.storage_key).where(
            recordings.c.attempt_id >= lowest_id(start - LONGEST_CALL),
            recordings.c.attempt_id < lowest_id(end + LONGEST_CALL),
        )
        async with self._engine.connect() as connection:
            named = set((await connection.execute(query)).scalars())
        opened, settled_by = 0, datetime.now(UTC) - LATE
        try:
            for prefix in sorted({day_prefix(start), day_prefix(end - timedelta(seconds=1))}):
                async for item in self._vault.storage.listing(prefix):
                    call = call_of_key(item.key)
                    if item.key not in named and item.modified_at <= settled_by and call not in known_bad:
                        opened += await self._orphan(item.key, call)
        except StorageError as error:
            log.warning("the store could not be listed", action="night_listing", detail=str(error))
        return opened

    async def _orphan(self, key: str, call: str | None) -> bool:
        detail = "The store holds an object that no recordings row names."
        found = Incident(IncidentKind.ORPHAN, key, datetime.now(UTC), detail, call, {"object": key})
        async with transaction(self._engine) as connection:
            return await open_incident(connection, found)
