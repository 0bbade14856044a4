"""Asterisk's own call records (cdr-csv): the witness that our database cannot change.

Columns in Asterisk's default order, `loguniqueid=yes` and `loguserfield=yes` adding the last two: accountcode, src,
dst, dcontext, clid, channel, dstchannel, lastapp, lastdata, start, answer, end, duration, billsec, disposition,
amaflags, uniqueid, userfield. Numbers in it are personal: only the id and the disposition leave this file.
"""

import csv
import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from dialer.core.ids import UUID_TEXT

DISPOSITION, UNIQUEID, USERFIELD = 14, 16, 17
ANSWERED = "ANSWERED"
BACK = 8 * 1024 * 1024  # bytes; some 30,000 records, hours of a busy centre
LINE_MAX = 64 * 1024
PIECE = 1024 * 1024


class Record(NamedTuple):
    """What a record says of a call."""

    call: str
    disposition: str


def answered_calls(path: Path) -> dict[str, bool]:
    """Every call id in the file and whether any of its records says ANSWERED. Raises OSError. Blocking."""
    calls: dict[str, bool] = {}
    with path.open("rb") as source:
        for record in records_of(source):
            calls[record.call] = calls.get(record.call, False) or record.disposition == ANSWERED
    return calls


def dispositions(
    path: Path, calls: Collection[str] | None, between: tuple[str, str] | None = None
) -> dict[str, set[str]] | None:
    """What Asterisk's records, those rotated last too, say of these calls or of the ids in a range. Blocking.

    None = they cannot be read.
    """
    found: dict[str, set[str]] = {}
    first, last = between or ("", "g")
    try:
        for part in (path.with_name(f"{path.name}.1"), path):
            if part == path or part.is_file():
                with part.open("rb") as source:
                    for call, disposition in records_of(source):
                        if first <= call < last and (calls is None or call in calls):
                            found.setdefault(call, set()).add(disposition)
    except OSError:
        return None
    return found


def records_of(lines: Iterable[bytes]) -> Iterator[Record]:
    """The calls' records in some whole lines; each line stands alone, so that a torn one costs only itself."""
    for line in lines:
        try:
            fields = next(csv.reader([line.decode("utf-8", "replace").strip("\r\n\0")]), [])
        except csv.Error:
            continue
        if (call := call_of(fields)) is not None:
            yield Record(call, fields[DISPOSITION])


def call_of(record: list[str]) -> str | None:
    """The call id in `uniqueid`, else in `userfield`; None for another channel's record or a torn line."""
    if len(record) <= UNIQUEID:
        return None
    if UUID_TEXT.fullmatch(record[UNIQUEID]):
        return record[UNIQUEID]
    held = UUID_TEXT.search(record[USERFIELD]) if len(record) > USERFIELD else None
    return held.group() if held else None


class CdrTail:
    """Reads what Asterisk adds, and only that; the file may be rotated or cut meanwhile. Blocking.

    It begins at a safe place: BACK bytes before the end, the end of the file rotated last before it. An open file is
    read to its end before a new one takes its place, so that a rotation loses nothing.
    """

    def __init__(self, path: Path, back: int = BACK) -> None:
        self._path, self._back = path, back
        self._file: BinaryIO | None = None
        self._torn = b""  # a line whose end is not written yet
        self.is_whole = False  # whether everything that the file ever had was read

    def read(self) -> list[Record]:
        """The records that are new since the last time. Raises OSError while there is no file."""
        found: list[Record] = []
        if self._file is None:
            found += self._begin()
        found += self._rest()
        if self._is_another():
            self._open(0)
            found += self._rest()
        return found

    def close(self) -> None:
        """Lets go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _begin(self) -> list[Record]:
        size = self._path.stat().st_size
        before = self._path.with_name(f"{self._path.name}.1")
        found: list[Record] = []
        if size < self._back and before.is_file():
            self._open(max(0, before.stat().st_size - self._back), before)
            found = self._rest()
        self._open(max(0, size - self._back))
        self.is_whole = size <= self._back and not before.is_file()
        return found

    def _open(self, offset: int, path: Path | None = None) -> None:
        self.close()
        self._torn = b""
        self._file = (path or self._path).open("rb")
        if offset:
            self._file.seek(offset)
            self._file.readline(LINE_MAX)  # most likely the middle of a record

    def _rest(self) -> list[Record]:
        source = self._file
        if source is None:
            return []
        if os.fstat(source.fileno()).st_size < source.tell():  # cut in place
            source.seek(0)
            self._torn = b""
        found: list[Record] = []
        while piece := source.read(PIECE):
            *lines, self._torn = (self._torn + piece).split(b"\n")
            found += records_of(lines)
            if len(self._torn) > LINE_MAX:
                self._torn = b""
        return found

    def _is_another(self) -> bool:
        """Whether the name belongs to another file by now."""
        if self._file is None:
            return False
        mine, named = os.fstat(self._file.fileno()), self._path.stat()
        return (mine.st_dev, mine.st_ino) != (named.st_dev, named.st_ino)
