"""A region's file made into one plain form: UTF-8 CSV, its row's number first. Blocking; in a thread.

CSV in UTF-8 or GB18030, with any of the usual separators, and XLSX, whose formulas stay texts. Nothing that is in a
file is trusted: not its name, not its lengths, not what its archive says it will unpack to.
"""

import codecs
import csv
import hashlib
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from api.numbers.rules import COLUMNS_MAX

LINE_MAX = 1_000_000  # bytes of one line
UNPACKED_MAX = 2_000_000_000  # bytes: a million rows of Excel are a tenth of it
STRINGS_MAX = 300_000_000  # bytes of the table of texts, which is read into memory
RATIO_MAX = 200  # a bomb unpacks to thousands of times its size
SEPARATORS = ",;\t|"
LOST = "\udcff"  # half a character: what such a row holds cannot be read, and the rules say so


class BadFile(Exception):
    """The file cannot be read; `reason` is a word for machines, the text a sentence for a person."""

    def __init__(self, reason: str, words: str) -> None:
        super().__init__(words)
        self.reason = reason


@dataclass(frozen=True)
class Read:
    """What the file turned out to be."""

    sha256: str
    kind: str  # csv, xlsx
    encoding: str
    rows: int


def normalise(source: Path, target: Path) -> Read:
    """Writes every row of the source that holds anything to the target. Raises BadFile, OSError."""
    with source.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        head = file.read(8)
    if not head:
        raise BadFile("empty_file", "The file is empty.")
    if head.startswith(b"PK\x03\x04"):
        return Read(digest, "xlsx", "xlsx", _write(_sheet_rows(source), target))
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadFile("old_excel", "This is the old Excel form (.xls): save it as .xlsx or as CSV.")
    if head.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")):
        raise BadFile("no_table", "This is no table: send CSV or XLSX.")
    encoding = encoding_of(source)
    with source.open("rb") as file:
        return Read(digest, "csv", encoding, _write(_csv_rows(file, encoding), target))


def rows_from(target: Path, position: int = 0) -> Iterator[tuple[int, int, list[str]]]:
    """Rows of the plain form from a byte on: where the next one begins, the row's number, its cells."""
    with target.open("rb") as file:
        file.seek(position)
        for line in file:
            position += len(line)
            number, *cells = next(csv.reader([line.decode("utf-8", "surrogatepass")]))
            yield position, int(number), cells


def encoding_of(source: Path) -> str:
    """`utf-8-sig`, `utf-16`, `utf-8` or `gb18030`."""
    with source.open("rb") as file:
        head = file.read(4)
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8" if _is_utf8(source) else "gb18030"


def _is_utf8(source: Path) -> bool:
    """Whether more lines with other letters than ASCII's are UTF-8 than are not.

    Nearly every UTF-8 text can be read as GB18030 too, as nonsense; Chinese text in GB18030 is hardly ever UTF-8.
    """
    good = bad = 0
    with source.open("rb") as file:
        while line := file.readline(LINE_MAX):
            if line.isascii():
                continue
            try:
                line.decode("utf-8")
                good += 1
            except UnicodeDecodeError:
                bad += 1
    return good >= bad


def _write(rows: Iterator[tuple[int, Sequence[str]]], target: Path) -> int:
    """Each row on one line of its own: a line can then be found by where it begins."""
    count = 0
    with target.open("w", encoding="utf-8", errors="surrogatepass", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        for number, cells in rows:
            if width := _width(cells):
                writer.writerow([number, *(_on_one_line(cell) for cell in cells[: min(width, COLUMNS_MAX + 1)])])
                count += 1
    return count


def _width(cells: Sequence[str]) -> int:
    """Columns up to the last that holds anything; 0 = an empty row."""
    return next((n for n in range(len(cells), 0, -1) if cells[n - 1] and not cells[n - 1].isspace()), 0)


def _on_one_line(cell: str) -> str:
    return cell if cell.isprintable() else cell.replace("\r\n", " ").replace("\n", " ").replace("\r", " ")


# -- CSV -------------------------------------------------------------------------------------------------------------


def _csv_rows(file: BinaryIO, encoding: str) -> Iterator[tuple[int, Sequence[str]]]:
    lines = _lines(file, encoding)
    first = next(lines, "")
    separator = max(SEPARATORS, key=first.count)
    csv.field_size_limit(LINE_MAX)
    number = 1
    pending = first
    for line in _with_end(lines):
        # a quoted cell may go on over lines; one that never ends is cut where it grows too long
        if line is not None and pending.count('"') % 2 and len(pending) < LINE_MAX:
            pending += line
            continue
        yield number, _cells(pending, separator)
        number += pending.count("\n") or 1
        pending = line or ""


def _with_end(lines: Iterator[str]) -> Iterator[str | None]:
    yield from lines
    yield None


def _cells(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(line.replace("\0", "\x01"), newline=""), delimiter=separator), [])
    except csv.Error:
        return [LOST]


def _lines(file: BinaryIO, encoding: str) -> Iterator[str]:
    """Each line with its end; what cannot be read is half a character in it, what is too long is one such alone."""
    if encoding == "utf-16":
        with io.TextIOWrapper(file, "utf-16", errors="replace", newline="") as text:
            yield from text
        return
    while line := file.readline(LINE_MAX):
        is_whole = line.endswith(b"\n") or len(line) < LINE_MAX
        if is_whole:
            yield _decoded(line, encoding)
            continue
        while line and not line.endswith(b"\n"):
            line = file.readline(LINE_MAX)
        yield f"{LOST}\n"


def _decoded(line: bytes, encoding: str) -> str:
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        return line.decode(encoding, "replace").replace("\ufffd", LOST)


# -- XLSX ------------------------------------------------------------------------------------------------------------


def _sheet_rows(source: Path) -> Iterator[tuple[int, Sequence[str]]]:
    """Rows of the first sheet, read one by one."""
    _check_archive(source)
    with source.open("rb") as file:  # openpyxl goes by a path's ending, and ours has none of Excel's
        yield from _rows_of(file)


def _rows_of(file: BinaryIO) -> Iterator[tuple[int, Sequence[str]]]:
    try:
        book = load_workbook(file, read_only=True, data_only=False, keep_links=False)
    except (InvalidFileException, KeyError, ValueError, OSError, zipfile.BadZipFile, SyntaxError) as error:
        raise BadFile(
            "broken_excel", "This Excel file cannot be read: open it in Excel and save it again."
        ) from error
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its size may be wrong
        for number, row in enumerate(sheet.iter_rows(values_only=True, max_col=COLUMNS_MAX + 1), start=1):
            yield number, [_said(cell) for cell in row]
    except (IndexError, KeyError, ValueError, zipfile.BadZipFile, SyntaxError) as error:
        raise BadFile("broken_excel", "This Excel file is cut off or damaged.") from error
    finally:
        book.close()


def _check_archive(source: Path) -> None:
    """Before anything is unpacked. Raises BadFile."""
    try:
        with zipfile.ZipFile(source) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise BadFile("broken_excel", "This Excel file is cut off or damaged.") from error
    names = {entry.filename for entry in entries}
    if "xl/workbook.xml" not in names:
        raise BadFile("no_table", "This archive is no Excel file: send CSV or XLSX.")
    size = sum(entry.file_size for entry in entries)
    strings = sum(entry.file_size for entry in entries if entry.filename.lower().endswith("sharedstrings.xml"))
    packed = max(1, source.stat().st_size)
    if size > UNPACKED_MAX or strings > STRINGS_MAX or (size > 50_000_000 and size / packed > RATIO_MAX):
        raise BadFile("too_large", "This Excel file unpacks to more than is read: send it as CSV.")


def _said(cell: object) -> str:
    """A cell as a person sees it; a number without the `.0` that Excel keeps behind it."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(cell)
