"""Asks the database and the store what each knows of some calls. Reads only: reconcile_rules.py judges."""

import asyncio
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from dialer.core.ledger import EntryKind
from dialer.store.tables import attempts, ledger
from recordings.errors import AudioError, KeyMissingError, MissingObjectError, StorageError
from recordings.reconcile_rules import AttemptSays, Audio, LedgerSays, RowSays
from recordings.records import ledger_body
from recordings.retention import TOMBSTONES
from recordings.rules import TAKEN_AWAY, AbsentReason, CallFacts
from recordings.seal_rules import differences
from recordings.sealed import Sealed, sealed_of, with_key
from recordings.tables import recordings
from recordings.vault import Vault

BATCH = 500
SETTLING = (EntryKind.SEAL.value, EntryKind.ABSENCE.value)
TOLD = (EntryKind.INTENT.value, *SETTLING, *(kind.value for kind in TOMBSTONES.values()))


@dataclass
class Seen:
    """What the database knows of some calls, by call."""

    attempts: dict[str, AttemptSays] = field(default_factory=dict)
    rows: dict[str, RowSays] = field(default_factory=dict)
    ledger: dict[str, LedgerSays] = field(default_factory=dict)
    sealed: dict[str, Sealed] = field(default_factory=dict)
    mine: set[str] = field(default_factory=set)  # calls of this node: only in their time its Asterisk is a witness


async def look(engine: AsyncEngine, calls: Iterable[str], node: str) -> Seen:
    """What attempts, recordings and ledger say of these calls, in snapshots of some hundreds."""
    seen, wanted = Seen(), sorted(calls)
    for start in range(0, len(wanted), BATCH):
        async with engine.connect() as plain:
            connection = await plain.execution_options(isolation_level="REPEATABLE READ")
            await _look(connection, wanted[start : start + BATCH], node, seen)
    return seen


async def listen_in(vault: Vault, sealed: Sealed, deep: bool) -> Audio:
    """Whether the object lies where it was sealed and has its length; `deep` = and its every byte."""
    try:
        if sealed.size is not None and await vault.storage.size(sealed.key) != sealed.size:
            return Audio.DIFFERS
        return await _read_whole(vault, sealed) if deep else Audio.GOOD
    except MissingObjectError:
        return Audio.MISSING
    except AudioError:
        return Audio.DIFFERS
    except (StorageError, KeyMissingError):  # another incident's matter; nothing is known of the audio
        return Audio.UNCHECKED


async def _read_whole(vault: Vault, sealed: Sealed) -> Audio:
    if sealed.sha256 is None:  # a plain FLAC of before encryption
        return Audio.GOOD if await vault.pcm(sealed) == sealed.pcm else Audio.DIFFERS
    async with vault.fetched(sealed) as there:
        found = await asyncio.to_thread(_sha256, there)
    return Audio.GOOD if found == sealed.sha256 else Audio.DIFFERS


def _sha256(path: Path) -> bytes:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").digest()


async def _look(connection: AsyncConnection, calls: Sequence[str], node: str, seen: Seen) -> None:
    for row in await connection.execute(select(attempts).where(attempts.c.id.in_(calls))):
        seen.attempts[row.id] = _attempt(row)
        if row.node == node:
            seen.mine.add(row.id)
    rows = {}
    for row in await connection.execute(with_key(select(recordings)).where(recordings.c.attempt_id.in_(calls))):
        rows[row.attempt_id] = row
        seen.rows[row.attempt_id] = _row_says(row)
        if row.status == "present" and (sealed := sealed_of(row)) is not None:
            seen.sealed[row.attempt_id] = sealed
    await _look_in_ledger(connection, calls, rows, seen)


async def _look_in_ledger(
    connection: AsyncConnection, calls: Sequence[str], rows: dict[str, Row[Any]], seen: Seen
) -> None:
    wanted = (ledger.c.attempt_id.in_(calls), ledger.c.kind.in_(TOLD))
    query = select(ledger.c.attempt_id, ledger.c.kind, ledger.c.body).where(*wanted)
    intents: dict[str, int] = defaultdict(int)
    seals: dict[str, list[tuple[EntryKind, dict[str, Any]]]] = defaultdict(list)
    tombstones: dict[str, list[EntryKind]] = defaultdict(list)
    for call, kind, body in await connection.execute(query.order_by(ledger.c.seq)):
        if kind == EntryKind.INTENT:
            intents[call] += 1
        elif kind in SETTLING:
            seals[call].append((EntryKind(kind), json.loads(body)))
        else:
            tombstones[call].append(EntryKind(kind))
    for call in intents.keys() | seals.keys():
        row = rows.get(call)
        differs: tuple[str, ...] = ()
        if row is not None and call in seals:
            differs = _differences(row, *seals[call][0], tombstones[call])
        seen.ledger[call] = LedgerSays(intents[call], len(seals[call]), differs)


def _differences(
    row: Row[Any], kind: EntryKind, body: dict[str, Any], tombstones: Sequence[EntryKind]
) -> tuple[str, ...]:
    """In what row and ledger differ; what was taken away has one tombstone of its kind, and nothing else has one."""
    wrong = tuple(differences(row.status, ledger_body(dict(row._mapping)), kind, body))
    expected = [TOMBSTONES[AbsentReason(row.reason)]] if row.reason in TAKEN_AWAY else []
    return wrong if list(tombstones) == expected else (*wrong, "tombstone")


def _row_says(row: Row[Any]) -> RowSays:
    has_object = row.storage_key is not None
    return RowSays(row.status == "present", row.reason, has_object, row.samples or 0, row.repaired)


def _attempt(row: Row[Any]) -> AttemptSays:
    call = CallFacts(row.answered_at, row.ended_at, row.dial_result, row.cause, row.tech_cause, row.end_reason)
    return AttemptSays(row.ended_at, call.is_answered, row.answered_at is not None, row.end_reason)
