"""Asterisk's own call records, read back when events were missed."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ari_bridge.causes import cdr_result
from dialer.core.attempt import Attempt, DialResult
from dialer.core.events import Ended

ANSWER, END, DISPOSITION, UNIQUEID, USERFIELD = 10, 11, 14, 16, 17
TAIL_BYTES = 4 * 1024 * 1024  # some 15,000 calls: what can be missed between two looks


def fate(file: Path, attempt: Attempt) -> Ended | None:
    """How the attempt ended by the last matching record; None without one. Touches the file only."""
    found = [row for row in _tail(file) if row[UNIQUEID] == attempt.id or row[USERFIELD].startswith(attempt.id)]
    if not found:
        return None
    row = next((row for row in found if row[DISPOSITION] == "ANSWERED"), found[-1])
    result = cdr_result(row[DISPOSITION])
    answered_at = _moment(row[ANSWER]) if result is DialResult.ANSWERED else None
    return Ended(attempt.id, result, answered_at=answered_at)


def _tail(file: Path) -> list[list[str]]:
    if not file.exists():
        return []
    with file.open("rb") as source:
        source.seek(max(0, file.stat().st_size - TAIL_BYTES))
        lines = source.read().decode("utf-8", "replace").splitlines()
    return [row for row in csv.reader(lines) if len(row) > USERFIELD]


def _moment(text: str) -> datetime | None:
    """The record's time: UTC, as cdr.conf sets it; whole seconds, so half of one is the best guess."""
    if not text:
        return None
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) + timedelta(milliseconds=500)
