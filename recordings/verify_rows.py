"""What the ledger says of a call's own row, and what both rows of a call say alike. Pure.

A ledger of an earlier version says less: what it does not say is not compared.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from dialer.core.ledger import Entry, EntryKind

# the ledger's name of a fact: the column's
INTENT = {name: name for name in ("number", "campaign_id", "lead_id", "mode", "trunk", "node", "token")}
OUTCOME = {
    "result": "dial_result",
    "reason": "end_reason",
    **{name: name for name in ("cause", "tech_cause", "abandoned", "answered_at", "connected_at")},
    **{name: name for name in ("agent_id", "session_id")},
}
WHOLE_OUTCOME = "session_id"  # an outcome that says this says all of them as the row had them
DISPOSED = {"disposition": "disposition", "meaning": "meaning"}
FACTS = {EntryKind.INTENT: INTENT, EntryKind.OUTCOME: OUTCOME, EntryKind.DISPOSED: DISPOSED}
MOMENTS = {EntryKind.INTENT: "opened_at", EntryKind.OUTCOME: "ended_at", EntryKind.DISPOSED: "disposed_at"}
ALIKE = {"number": "number", "campaign_id": "campaign_id", "agent_id": "agent_id", "opened_at": "started_at"}
Columns = Mapping[Any, Any]  # a row, by column


def attempt_differs(attempt: Columns, entries: Mapping[EntryKind, Entry]) -> list[str]:
    """The columns of a call's row that are not what the ledger witnessed."""
    wrong = [column for kind, entry in entries.items() for column in _differing(attempt, kind, entry)]
    return wrong + [column for column in _unwitnessed(attempt, entries) if attempt[column] is not None]


def recording_differs(attempt: Columns, recording: Columns) -> list[str]:
    """The columns of a recordings row that are not those of its call."""
    return [mine for theirs, mine in ALIKE.items() if attempt[theirs] != recording[mine]]


def _differing(attempt: Columns, kind: EntryKind, entry: Entry) -> Iterator[str]:
    if kind == EntryKind.OUTCOME and WHOLE_OUTCOME not in entry.body:
        return
    for said, column in FACTS[kind].items():
        if said in entry.body and _plain(attempt[column]) != _plain(entry.body[said]):
            yield column
    if attempt[MOMENTS[kind]] != entry.event_at:
        yield MOMENTS[kind]


def _unwitnessed(attempt: Columns, entries: Mapping[EntryKind, Entry]) -> tuple[str, ...]:
    """What a row of this version cannot have unless the ledger says it."""
    outcome = entries.get(EntryKind.OUTCOME)
    is_new = outcome is not None and WHOLE_OUTCOME in outcome.body
    return (*DISPOSED.values(), "disposed_at") if is_new and EntryKind.DISPOSED not in entries else ()


def _plain(value: Any) -> Any:
    """Times compare as moments, whatever their text; all else as it is."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, str) and len(value) > 18 and value[4] == "-" and value[10:11] == "T":
        return datetime.fromisoformat(value).astimezone(UTC)
    return value
