"""Asterisk's own call records, read back when events were missed."""

import csv
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ari_bridge.causes import cdr_result
from dialer.core.attempt import Attempt, DialResult, Mode
from dialer.core.events import Ended, Fate, RecordingClosed

ANSWER, END, DISPOSITION, UNIQUEID, USERFIELD = 10, 11, 14, 16, 17
TAIL_BYTES = 4 * 1024 * 1024  # some 15,000 calls: what can be missed between two looks


def fate(file: Path, attempt: Attempt) -> Fate:
    """What the matching records tell: of a recorded call what its line carried, then how and when it ended.

    A call has a record for each bridge it was in; the dialplan's own words stand on the last. Empty without a record.
    Touches the file only.
    """
    found = [row for row in _tail(file) if row[UNIQUEID] == attempt.id or row[USERFIELD].startswith(attempt.id)]
    if not found:
        return ()
    told = {name: value for row in found for name, value in _told(row[USERFIELD])}
    return (*_carried(attempt, told), _ended(attempt, found, told))


def _ended(attempt: Attempt, found: list[list[str]], told: Mapping[str, str]) -> Ended:
    """`up` is when the recorder began: at the answer of an automatic call, before the ringing of one by hand."""
    answered = [row for row in found if row[DISPOSITION] == "ANSWERED"]
    first, last = (answered or found)[0], found[-1]
    result = cdr_result(first[DISPOSITION] if answered else last[DISPOSITION])
    up = None if attempt.mode is Mode.MANUAL else _instant(told.get("up", ""))
    answered_at = (up or _moment(first[ANSWER])) if result is DialResult.ANSWERED else None
    ended_at = _instant(told.get("end", "")) or _moment(last[END])
    return Ended(attempt.id, result, answered_at=answered_at, ended_at=ended_at)


def _carried(attempt: Attempt, told: Mapping[str, str]) -> Fate:
    counts = [int(text) if text.isdecimal() else None for text in (told.get("rx", ""), told.get("tx", ""))]
    return (RecordingClosed(attempt.id, *counts),) if any(count is not None for count in counts) else ()


def _told(userfield: str) -> Iterator[tuple[str, str]]:
    """What the dialplan wrote behind the attempt's id: `;name=value` each."""
    for part in userfield.split(";")[1:]:
        name, _, value = part.partition("=")
        yield name, value


def _tail(file: Path) -> list[list[str]]:
    if not file.exists():
        return []
    with file.open("rb") as source:
        source.seek(max(0, file.stat().st_size - TAIL_BYTES))
        lines = source.read().decode("utf-8", "replace").splitlines()
    return [row for row in csv.reader(lines) if len(row) > USERFIELD]


def _instant(text: str) -> datetime | None:
    """Unix time with milliseconds; None when it is not one."""
    seconds, dot, rest = text.partition(".")
    if not (seconds.isdecimal() and rest.isdecimal() and dot and len(seconds) <= 11 and len(rest) == 3):
        return None
    return datetime.fromtimestamp(int(seconds), UTC) + timedelta(milliseconds=int(rest))


def _moment(text: str) -> datetime | None:
    """The record's time: UTC, as cdr.conf sets it; whole seconds, so half of one is the best guess."""
    if not text:
        return None
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) + timedelta(milliseconds=500)
