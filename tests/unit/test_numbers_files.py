"""Files as regions send them, and as somebody sends them who means harm."""

import csv
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from api.numbers import files
from api.numbers.files import LOST, BadFile, Read, normalise, rows_from

ROWS = [["姓名", "手机号"], ["张三", "13812345678"], ["李四", "13912345678"]]


def plain(folder: Path, content: bytes, name: str = "in") -> tuple[Read, list[tuple[int, list[str]]]]:
    source = folder / name
    source.write_bytes(content)
    read = normalise(source, folder / "out")
    return read, [(number, cells) for _position, number, cells in rows_from(folder / "out")]


def as_csv(rows: list[list[str]], separator: str = ",", end: str = "\r\n") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator=end).writerows(rows)
    return out.getvalue()


def as_xlsx(folder: Path, rows: list[list[Any]]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(folder / "made.xlsx")
    return (folder / "made.xlsx").read_bytes()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_csv_of_any_encoding_and_separator(tmp_path: Path, encoding: str, separator: str) -> None:
    read, rows = plain(tmp_path, as_csv(ROWS, separator).encode(encoding))
    assert (read.encoding, read.rows, rows) == (encoding, 3, list(enumerate(ROWS, start=1)))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_blank_lines_are_counted_as_a_person_counts_them(tmp_path: Path, end: str) -> None:
    text = end.join(["姓名,手机号", "", "张三,13812345678", " , ", '"李, ""四""",13912345678'])
    assert plain(tmp_path, text.encode())[1] == [
        (1, ROWS[0]),
        (3, ["张三", "13812345678"]),
        (5, ['李, "四"', "13912345678"]),
    ]


def test_a_cell_of_several_lines_stays_one_row(tmp_path: Path) -> None:
    _, rows = plain(tmp_path, '姓名,备注\n张三,"一\n二"\n李四,三\n'.encode())
    assert rows == [(1, ["姓名", "备注"]), (2, ["张三", "一 二"]), (4, ["李四", "三"])]


def test_rows_are_read_on_from_any_of_them(tmp_path: Path) -> None:
    plain(tmp_path, as_csv(ROWS).encode())
    positions = [position for position, _, _ in rows_from(tmp_path / "out")]
    assert [cells for _, _, cells in rows_from(tmp_path / "out", positions[0])] == ROWS[1:]


def test_a_row_of_another_encoding_is_lost_and_no_other(tmp_path: Path) -> None:
    content = "姓名,手机号\n".encode() * 3 + "张三,1\n".encode("gb18030") + "李四,2\n".encode()
    _, rows = plain(tmp_path, content)
    assert LOST in rows[3][1][0] and rows[4] == (5, ["李四", "2"])


def test_nul_bytes_reach_the_rules_as_a_control_character(tmp_path: Path) -> None:
    assert plain(tmp_path, b"a,b\nx\0y,1\n")[1][1] == (2, ["x\x01y", "1"])


def test_a_line_without_end_is_one_lost_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LINE_MAX", 1000)
    _, rows = plain(tmp_path, b"a,b\n" + b"x" * 5000 + b"\nc,d\n")
    assert rows == [(1, ["a", "b"]), (2, [LOST]), (3, ["c", "d"])]


def test_a_quote_without_end_takes_no_more_than_its_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LINE_MAX", 200)
    _, rows = plain(tmp_path, b'a,b\n"x,1\n' + b"c,d\n" * 200)
    assert rows[0] == (1, ["a", "b"]) and rows[-1] == (202, ["c", "d"]) and len(rows) > 100


def test_a_million_columns_are_cut(tmp_path: Path) -> None:
    _, rows = plain(tmp_path, b"a,b\n" + b"x," * 200_000 + b"x\n")
    assert len(rows[1][1]) == 201


def test_xlsx_with_numbers_formulas_and_gaps(tmp_path: Path) -> None:
    content = as_xlsx(tmp_path, [["姓名", "手机号"], [], ["张三", 13812345678], ["=1+1", "=A1"], [None, 1.5]])
    read, rows = plain(tmp_path, content, "whatever.csv")
    assert (read.kind, read.rows) == ("xlsx", 4)
    assert rows == [(1, ROWS[0]), (3, ["张三", "13812345678"]), (4, ["=1+1", "=A1"]), (5, ["", "1.5"])]


def zipped(**entries: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/"), content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty_file"),
        (b"\xd0\xcf\x11\xe0 old excel", "old_excel"),
        (b"%PDF-1.7", "no_table"),
        (b"\x1f\x8b\x08\x00", "no_table"),
        (b"PK\x03\x04 cut off", "broken_excel"),
        (zipped(readme=b"hello"), "no_table"),
        (zipped(**{"xl__workbook.xml": b"<nonsense"}), "broken_excel"),
        (zipped(**{"xl__workbook.xml": b"<x/>", "xl__worksheets__sheet1.xml": b"0" * 60_000_000}), "too_large"),
    ],
)
def test_what_is_no_table_is_refused_by_what_it_is(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(BadFile) as refused:
        plain(tmp_path, content, "numbers.xlsx")
    assert refused.value.reason == reason


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_cut_off_xlsx_is_refused(tmp_path: Path, share: float) -> None:
    content = as_xlsx(tmp_path, ROWS * 50)
    with pytest.raises(BadFile):
        plain(tmp_path, content[: int(len(content) * share)])


def test_an_xlsx_whose_parts_lie_is_refused(tmp_path: Path) -> None:
    content = as_xlsx(tmp_path, ROWS)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as was, zipfile.ZipFile(out, "w") as now:
        for entry in was.infolist():
            sheet = b"<worksheet><sheetData><row><c r='A1'><v>1</v>"
            now.writestr(entry.filename, sheet if "sheet1" in entry.filename else was.read(entry))
    with pytest.raises(BadFile):
        plain(tmp_path, out.getvalue())
