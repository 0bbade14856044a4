"""A call's row against what the ledger witnessed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dialer.core.ledger import Entry, EntryKind
from dialer.store.tables import attempts
from recordings.verify_rows import DISPOSED, INTENT, MOMENTS, OUTCOME, attempt_differs, recording_differs

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
ROW: dict[str, Any] = {
    **{name: name for name in INTENT.values()},
    **{name: name for name in OUTCOME.values()},
    "answered_at": NOW + timedelta(seconds=5),
    "connected_at": None,
    "opened_at": NOW,
    "ended_at": NOW + timedelta(seconds=60),
    "disposition": "other",
    "meaning": "contact",
    "disposed_at": NOW + timedelta(seconds=70),
}


def entries() -> dict[EntryKind, Entry]:
    """What this version writes of that row."""
    outcome = {said: ROW[column] for said, column in OUTCOME.items()} | {"answered_at": "2026-11-25T09:00:05+00:00"}
    return {
        EntryKind.INTENT: Entry(EntryKind.INTENT, "c", NOW, {name: ROW[name] for name in INTENT}),
        EntryKind.OUTCOME: Entry(EntryKind.OUTCOME, "c", ROW["ended_at"], outcome),
        EntryKind.DISPOSED: Entry(
            EntryKind.DISPOSED, "c", ROW["disposed_at"], {name: ROW[name] for name in DISPOSED}
        ),
    }


def test_a_row_as_it_was_witnessed() -> None:
    assert attempt_differs(ROW, entries()) == []


@pytest.mark.parametrize("column", sorted(ROW))
def test_every_changed_column_is_named(column: str) -> None:
    changed = NOW - timedelta(seconds=1) if column.endswith("_at") else "changed"
    assert attempt_differs(ROW | {column: changed}, entries()) == [column]


def test_a_disposition_that_nobody_witnessed() -> None:
    said = entries()
    del said[EntryKind.DISPOSED]
    assert attempt_differs(ROW, said) == ["disposition", "meaning", "disposed_at"]


def test_an_older_ledger_says_less() -> None:
    old = Entry(EntryKind.OUTCOME, "c", ROW["ended_at"], {"result": "another"})
    assert attempt_differs(ROW, {EntryKind.OUTCOME: old}) == []
    assert attempt_differs(ROW, {}) == []


def test_a_disposition_of_before_meanings() -> None:
    said = entries()
    before = said[EntryKind.DISPOSED]
    said[EntryKind.DISPOSED] = replace(before, body={"disposition": "other"})
    assert attempt_differs(ROW | {"meaning": None}, said) == []
    assert attempt_differs(ROW | {"disposition": "sale"}, said) == ["disposition"]


def test_no_column_of_a_call_is_without_a_witness() -> None:
    """A new column is said in a ledger row, or here why it need not be."""
    witnessed = {*INTENT.values(), *OUTCOME.values(), *DISPOSED.values(), *MOMENTS.values()}
    key = {"id"}
    assert {column.name for column in attempts.columns} - witnessed - key == set()


def test_call_and_recording_are_alike() -> None:
    recording = {**{name: ROW[name] for name in ("number", "campaign_id", "agent_id")}, "started_at": NOW}
    assert recording_differs(ROW, recording) == []
    assert recording_differs(ROW, recording | {"number": "+86"}) == ["number"]
