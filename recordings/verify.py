"""Verification: ledger x rows x files x Asterisk's CDR, both ways. Changes nothing; that it ran is in the ledger.

A call of the last minute is in flight: what it still lacks is no difference.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from cryptography.x509 import Certificate
from sqlalchemy import Row, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.core.ids import is_attempt_id
from dialer.core.ledger import Entry, EntryKind
from dialer.core.ledger import Row as LedgerRow
from dialer.machine import Paths
from dialer.settings import Settings
from dialer.store.database import database_url, make_engine, transaction
from dialer.store.ledger import append
from dialer.store.tables import attempts
from recordings.cdr import answered_calls
from recordings.completeness import day_bounds
from recordings.copies import Content, Copies
from recordings.copies import read as read_copies
from recordings.errors import NoteError, SpoolError, StorageError
from recordings.notes import PublicKey
from recordings.records import ledger_body
from recordings.report import Finding, Report
from recordings.retention import TOMBSTONES
from recordings.rules import TAKEN_AWAY, AbsentReason, owes_cdr
from recordings.scope import Scope
from recordings.seal_rules import differences
from recordings.sealed import with_key
from recordings.signing import signing_key
from recordings.spool import Listing, Spool
from recordings.storage import Listed, Storage, call_of_key
from recordings.tables import recordings
from recordings.timestamps import roots_in
from recordings.vault import Vault, open_vault
from recordings.verify_ledger import Outside, check_ledger
from recordings.verify_objects import check_objects
from recordings.verify_rows import FACTS as WITNESSED
from recordings.verify_rows import attempt_differs, recording_differs

log = structlog.get_logger(__name__)

IN_FLIGHT = timedelta(seconds=60)


@dataclass(frozen=True)
class Sources:
    """Everything that is compared. CDR and spool are one node's: only `node`'s calls are looked for in them.

    `checkpoints` is the folder of copies beside the database, `elsewhere` files of copies kept elsewhere.
    """

    engine: AsyncEngine
    vault: Vault
    cdr: Path
    spool: Path
    node: str
    zone: str
    checkpoints: Path
    key: PublicKey | None = None
    elsewhere: tuple[Path, ...] = ()
    roots: tuple[Certificate, ...] = ()


@dataclass
class Facts:
    """What the database says of the calls in scope, in one snapshot."""

    calls: dict[str, Row[Any]] = field(default_factory=dict)
    rows: dict[str, Row[Any]] = field(default_factory=dict)
    intents: set[str] = field(default_factory=set)
    seals: dict[str, list[tuple[EntryKind, dict[str, Any]]]] = field(default_factory=lambda: defaultdict(list))
    tombstones: dict[str, list[EntryKind]] = field(default_factory=lambda: defaultdict(list))
    sealed_at: dict[str, datetime] = field(default_factory=dict)
    said: dict[str, dict[EntryKind, Entry]] = field(default_factory=lambda: defaultdict(dict))
    scope: Scope = field(default_factory=Scope)

    def read(self, row: LedgerRow) -> None:
        """Keeps what a ledger row says of a call in scope."""
        entry = row.entry
        if entry.attempt_id is None or entry.attempt_id not in self.scope:
            return
        if entry.kind == EntryKind.INTENT:
            self.intents.add(entry.attempt_id)
        if entry.kind in (EntryKind.SEAL, EntryKind.ABSENCE):
            self.seals[entry.attempt_id].append((entry.kind, entry.body))
            self.sealed_at[entry.attempt_id] = entry.event_at
        if entry.kind in TOMBSTONES.values():
            self.tombstones[entry.attempt_id].append(entry.kind)
        if entry.kind in WITNESSED:
            self.said[entry.attempt_id][entry.kind] = entry

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is known: then there is nothing to compare."""
        return not (self.calls or self.rows or self.intents or self.seals)


async def run(
    settings: Settings,
    day: date | None = None,
    call: str | None = None,
    elsewhere: Sequence[Path] = (),
    deep: bool = False,
) -> tuple[int, Report]:
    """Verifies an installation as its settings name it; exit code 0 all good, 1 differences, 2 could not check."""
    engine = make_engine(database_url(settings), pool_size=1)
    try:
        report = await verify(sources_of(settings, engine, elsewhere), day, call, deep)
        await _note_run(engine, report)
    finally:
        await engine.dispose()
    return int(report.code), report


async def _note_run(engine: AsyncEngine, report: Report) -> None:
    """That somebody verified, what, and what came of it, in the ledger; not where the database cannot be written."""
    kinds = Counter(difference.kind.value for difference in report.differences)
    body = {
        "scope": report.call or report.day or "everything",
        "calls": report.calls,
        "ledger_rows": report.ledger_rows,
        "objects": report.objects,
        "differences": dict(kinds),
        "unchecked": len(report.unchecked),
        "code": int(report.code),
    }
    about = report.call if report.calls else None
    try:
        async with transaction(engine) as connection:
            await append(connection, [Entry(EntryKind.VERIFIER_RUN, about, datetime.now(UTC), body)])
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        log.warning("a verification is not in the ledger", action="verifier_run_lost", detail=type(error).__name__)


def sources_of(settings: Settings, engine: AsyncEngine, elsewhere: Sequence[Path] = ()) -> Sources:
    """What an installation's settings name."""
    paths = Paths(settings.root)
    return Sources(
        engine=engine,
        vault=open_vault(settings),
        cdr=paths.cdr("main"),
        spool=paths.spool,
        node=settings.node,
        zone=settings.zone,
        checkpoints=paths.checkpoints,
        key=_key(paths),
        elsewhere=tuple(elsewhere),
        roots=tuple(roots_in(settings.tsa_ca)),
    )


async def verify(sources: Sources, day: date | None = None, call: str | None = None, deep: bool = False) -> Report:
    """Verifies one call, the calls of a day in the centre's zone, or all. Never raises for what it finds.

    `deep` decodes every recording; else each object's hash is compared with the sealed one.
    """
    report = Report(day.isoformat() if day else None, call)
    if call is not None and not is_attempt_id(call):
        report.unchecked.append("this is not the id of a call")
        return report
    scope = Scope(*day_bounds(day, sources.zone)) if day and call is None else Scope(call=call)
    started_at = datetime.now(UTC)
    # The spool and Asterisk's records are read before the database: what they know must be known there by then
    spool = await asyncio.to_thread(_listing, sources.spool, report)
    cdr = await asyncio.to_thread(_cdr, sources.cdr)
    outside = await asyncio.to_thread(_outside, sources, report)
    facts = await _facts(sources.engine, scope, outside, report)
    if facts is None:
        return report
    if call is not None and facts.is_empty:
        report.unchecked.append("there is no such call")
    settled_by = started_at - IN_FLIGHT
    _check_rows(facts, settled_by, report)
    _check_seals(facts, report)
    _check_attempts(facts, report)
    await check_objects(sources.vault, facts.rows.values(), report, deep)
    await _check_listing(sources.vault.storage, scope, facts, settled_by, report)
    _check_spool(spool, scope, facts, settled_by, report)
    _check_cdr(cdr, sources.node, scope, facts, settled_by, report)
    return report


async def _facts(engine: AsyncEngine, scope: Scope, outside: Outside, report: Report) -> Facts | None:
    """One snapshot of ledger, attempts and rows; None when the database did not give it."""
    facts, now = Facts(scope=scope), datetime.now(UTC)
    try:
        async with engine.connect() as plain:
            connection = await plain.execution_options(isolation_level="REPEATABLE READ")
            await check_ledger(connection, outside, facts.read, now, report)
            calls = await connection.execute(select(attempts).where(*scope.where(attempts.c.id)))
            facts.calls = {row.id: row for row in calls}
            rows = await connection.execute(with_key(select(recordings)).where(*scope.where(recordings.c.attempt_id)))
            facts.rows = {row.attempt_id: row for row in rows}
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        report.unchecked.append(f"the database could not be read: {type(error).__name__}")
        return None
    report.calls = len(facts.calls)
    report.present = sum(row.status == "present" for row in facts.rows.values())
    report.absent = len(facts.rows) - report.present
    return facts


def _check_rows(facts: Facts, settled_by: datetime, report: Report) -> None:
    """Every ended call has a row, every answered one a recording, and no witness knows a call that is gone."""
    for call, attempt in facts.calls.items():
        if attempt.ended_at is None or attempt.ended_at > settled_by:
            continue
        row = facts.rows.get(call)
        if row is None:
            report.differs(Finding.ROW_MISSING, call, "the call ended and has no recordings row")
        elif _is_never_recorded(row) and (attempt.answered_at or attempt.dial_result == "answered"):
            report.differs(Finding.NOT_RECORDED, call, f"the call was answered; absent: {row.reason}")
    for call in sorted((facts.intents | facts.rows.keys() | facts.seals.keys()) - facts.calls.keys()):
        report.differs(Finding.ATTEMPT_MISSING, call, "ledger or recordings know this call, the attempts do not")


def _is_never_recorded(row: Row[Any]) -> bool:
    return row.status == "absent" and row.reason not in TAKEN_AWAY


def _check_seals(facts: Facts, report: Report) -> None:
    """Row and ledger say the same, once."""
    for call in sorted(facts.rows.keys() | facts.seals.keys()):
        row, seals = facts.rows.get(call), facts.seals.get(call, [])
        if row is None:
            report.differs(Finding.SEAL_WITHOUT_ROW, call, "the ledger has the seal, the recordings row is gone")
        elif not seals:
            report.differs(Finding.SEAL_MISSING, call, "the ledger does not know this recordings row")
        else:
            _compare(row, *seals[0], report)
            _check_tombstones(row, facts.tombstones.get(call, []), report)
        if len(seals) > 1:
            report.differs(Finding.SEALED_TWICE, call, f"{len(seals)} seals or absences in the ledger")


def _check_attempts(facts: Facts, report: Report) -> None:
    """A call's row is what the ledger witnessed, and its recordings row is about the same call."""
    for call, attempt in facts.calls.items():
        wrong = attempt_differs(attempt._mapping, facts.said.get(call, {}))
        if wrong:
            report.differs(Finding.ATTEMPT_DIFFERS, call, f"the call's row and ledger differ in {', '.join(wrong)}")
    for call, row in facts.rows.items():
        of = facts.calls.get(call)
        wrong = recording_differs(of._mapping, row._mapping) if of is not None else []
        if facts.sealed_at.get(call, row.sealed_at) != row.sealed_at:
            wrong.append("sealed_at")
        if wrong:
            report.differs(Finding.ATTEMPT_DIFFERS, call, f"call and recording differ in {', '.join(wrong)}")


def _compare(row: Row[Any], kind: EntryKind, body: dict[str, Any], report: Report) -> None:
    wrong = differences(row.status, ledger_body(dict(row._mapping)), kind, body)
    if wrong:
        report.differs(Finding.SEAL_DIFFERS, row.attempt_id, f"row and ledger differ in {', '.join(wrong)}")


def _check_tombstones(row: Row[Any], found: list[EntryKind], report: Report) -> None:
    """What was taken away has one tombstone of its kind; what has one is not there any more."""
    expected = [TOMBSTONES[AbsentReason(row.reason)]] if row.reason in TAKEN_AWAY else []
    if found != expected:
        said = ", ".join(found) or "nothing"
        detail = f"the row says {row.reason or row.status}, the ledger's tombstones: {said}"
        report.differs(Finding.TOMBSTONE_DIFFERS, row.attempt_id, detail)


async def _check_listing(storage: Storage, scope: Scope, facts: Facts, settled_by: datetime, report: Report) -> None:
    """Objects that no row names."""
    keys = {row.storage_key for row in facts.rows.values()}
    try:
        for prefix in scope.prefixes():
            async for item in storage.listing(prefix):
                if item.key not in keys and item.modified_at <= settled_by and _concerns(item, scope):
                    call = call_of_key(item.key)
                    report.differs(Finding.OBJECT_WITHOUT_ROW, call, f"no recordings row names {item.key}")
    except StorageError as error:
        report.unchecked.append(f"the storage could not be listed: {error}")


def _concerns(item: Listed, scope: Scope) -> bool:
    call = call_of_key(item.key)
    return call in scope if call else scope.call is None


def _check_spool(spool: Listing | None, scope: Scope, facts: Facts, settled_by: datetime, report: Report) -> None:
    """Files that should be gone, and files that are nobody's."""
    if spool is None:
        return
    for call in sorted(call for call in spool.calls if call in scope):
        attempt = facts.calls.get(call)
        if attempt is None:
            report.differs(Finding.SPOOL_ORPHAN, call, "the spool holds a call that the attempts do not know")
        elif attempt.ended_at is not None and attempt.ended_at <= settled_by:
            report.differs(Finding.SPOOL_LEFT, call, "the call ended, and its files are still in the spool")
    if scope == Scope():
        for name in spool.unknown:
            report.differs(Finding.SPOOL_ORPHAN, None, f"the spool holds {name}")


def _check_cdr(
    cdr: dict[str, bool] | None, node: str, scope: Scope, facts: Facts, settled_by: datetime, report: Report
) -> None:
    """Asterisk's records and the attempts agree on who answered."""
    ended = {call: row for call, row in facts.calls.items() if row.ended_at is not None}
    repaired = {call for call, row in facts.rows.items() if row.repaired}
    mine = {call: row for call, row in ended.items() if row.node == node}
    answered = {
        call for call, row in mine.items() if owes_cdr(row.answered_at is not None, row.end_reason, call in repaired)
    }
    if cdr is None:
        if answered:
            report.unchecked.append("Asterisk's call records (CDR) could not be read")
        return
    seen = {call for call, is_answered in cdr.items() if is_answered and call in scope}
    report.cdr_calls = len(seen)
    for call in sorted(answered - seen):
        if ended[call].ended_at <= settled_by:
            report.differs(Finding.CDR_MISSING, call, "answered, and Asterisk's records have no answered call")
    for call in sorted(seen - answered):
        if call not in facts.calls:
            report.differs(Finding.ATTEMPT_MISSING, call, "Asterisk's records have an answered call, we do not")
        elif call in ended and ended[call].answered_at is None:
            report.differs(Finding.CDR_NOT_ANSWERED, call, "Asterisk saw an answer, the attempt does not")


def _listing(folder: Path, report: Report) -> Listing | None:
    try:
        return Spool(folder).listing()
    except (SpoolError, OSError) as error:
        report.unchecked.append(f"the spool could not be read: {error}")
        return None


def _cdr(path: Path) -> dict[str, bool] | None:
    try:
        return answered_calls(path)
    except OSError:
        return None


def _key(paths: Paths) -> PublicKey | None:
    try:
        return signing_key(paths).public
    except NoteError:
        return None


def _outside(sources: Sources, report: Report) -> Outside:
    """The checkpoints outside the database, read before it: each of them must be known there by then."""
    copies: list[Content] = []
    elsewhere: list[Content] = []
    read_at = datetime.now(UTC)
    try:
        copies = list(Copies(sources.checkpoints).read())
        elsewhere = [read_copies(path) for path in sources.elsewhere]
    except OSError as error:
        report.unchecked.append(f"copies of checkpoints could not be read: {error.filename}: {error.strerror}")
    return Outside(read_at, sources.key, copies, elsewhere, sources.roots)
