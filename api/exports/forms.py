"""The two forms of a file: CSV piece by piece, XLSX in a temporary file; neither grows with the number of rows."""

import csv
import io
import tempfile
from collections.abc import Sequence
from datetime import datetime
from typing import IO

import xlsxwriter

from api.exports.columns import Cell
from api.exports.rules import is_dangerous, safe

BOM = "\ufeff"  # without it Excel takes UTF-8 for the system's own code page
MOMENT = "%Y-%m-%d %H:%M:%S"
WIDTH = 18
# a text stays a text, whatever it looks like
PLAIN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def csv_head(heads: Sequence[str]) -> bytes:
    """The beginning of a CSV file."""
    return (BOM + _csv([list(heads)])).encode()


def csv_rows(rows: Sequence[Sequence[Cell]]) -> bytes:
    """The next lines of a CSV file."""
    return _csv(rows).encode()


def _csv(rows: Sequence[Sequence[Cell]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([_plain(cell) for cell in row] for row in rows)
    return text.getvalue()


def _plain(cell: Cell) -> str:
    if isinstance(cell, str):
        return safe(cell)
    if isinstance(cell, datetime):
        return cell.strftime(MOMENT)
    return "" if cell is None else str(cell).removesuffix(".0")


class Sheet:
    """An XLSX file with one sheet, written row by row; the temporary file has no name, so nothing is left behind.

    Its methods block: they belong into a thread.
    """

    def __init__(self, heads: Sequence[str]) -> None:
        self.file: IO[bytes] = tempfile.TemporaryFile(prefix="tianzhou-")  # noqa: SIM115 - its owner closes it
        self._book = xlsxwriter.Workbook(self.file, {"constant_memory": True, **PLAIN})
        self._sheet = self._book.add_worksheet()
        self._moment = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._quoted = self._book.add_format({"quote_prefix": True})
        self._sheet.set_column(0, len(heads) - 1, WIDTH)
        self._sheet.freeze_panes(1, 0)
        self._sheet.write_row(0, 0, heads, self._book.add_format({"bold": True}))
        self._row = 0

    def add(self, rows: Sequence[Sequence[Cell]]) -> None:
        """The next rows."""
        for row in rows:
            self._row += 1
            for column, cell in enumerate(row):
                self._write(column, cell)

    def close(self) -> int:
        """Completes the file; how many bytes it has."""
        self._book.close()
        return self.file.seek(0, io.SEEK_END)

    def _write(self, column: int, cell: Cell) -> None:
        if isinstance(cell, str):
            form = self._quoted if is_dangerous(cell) else None
            self._sheet.write_string(self._row, column, cell, form)
        elif isinstance(cell, datetime):
            self._sheet.write_datetime(self._row, column, cell, self._moment)
        elif cell is not None:
            self._sheet.write_number(self._row, column, cell)
