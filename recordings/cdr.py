"""Asterisk's own call records (cdr-csv): the witness that our database cannot change.

Columns in Asterisk's default order, `loguniqueid=yes` and `loguserfield=yes` adding the last two: accountcode, src,
dst, dcontext, clid, channel, dstchannel, lastapp, lastdata, start, answer, end, duration, billsec, disposition,
amaflags, uniqueid, userfield. Numbers in it are personal: only the id and the disposition leave this file.
"""

import csv
from pathlib import Path

from dialer.core.ids import UUID_TEXT

DISPOSITION, UNIQUEID, USERFIELD = 14, 16, 17
ANSWERED = "ANSWERED"


def answered_calls(path: Path) -> dict[str, bool]:
    """Every call id in the file and whether any of its records says ANSWERED. Raises OSError. Blocking."""
    calls: dict[str, bool] = {}
    with path.open(newline="", encoding="utf-8", errors="replace") as source:
        for record in csv.reader(source):
            if (call := call_of(record)) is not None:
                calls[call] = calls.get(call, False) or record[DISPOSITION] == ANSWERED
    return calls


def call_of(record: list[str]) -> str | None:
    """The call id in `uniqueid`, else in `userfield`; None for another channel's record or a torn line."""
    if len(record) <= UNIQUEID:
        return None
    if UUID_TEXT.fullmatch(record[UNIQUEID]):
        return record[UNIQUEID]
    held = UUID_TEXT.search(record[USERFIELD]) if len(record) > USERFIELD else None
    return held.group() if held else None
