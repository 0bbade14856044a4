"""Asterisk's CSV: which call a record is about, and whether it was answered."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from recordings.cdr import CdrTail, answered_calls, call_of

CALL = "01930000-0000-7000-8000-000000000001"
OTHER = "01930000-0000-7000-8000-000000000002"


def record(uniqueid: str, userfield: str = "", disposition: str = "ANSWERED") -> list[str]:
    times = ["2026-11-24 08:00:00", "2026-11-24 08:00:05", "2026-11-24 08:00:30", "30", "25"]
    first = [
        "",
        "10010",
        "13800000000",
        "tianzhou-out",
        '"a, b" <10010>',
        "PJSIP/practice-1",
        "",
        "Stasis",
        "tianzhou",
    ]
    return [*first, *times, disposition, "DOCUMENTATION", uniqueid, userfield]


@pytest.mark.parametrize(
    ("uniqueid", "userfield", "call"),
    [
        (CALL, "", CALL),
        (CALL, OTHER, CALL),
        ("1763971200.17", f"attempt={OTHER}", OTHER),
        ("1763971200.17", "", None),
    ],
)
def test_the_call_of_a_record(uniqueid: str, userfield: str, call: str | None) -> None:
    assert call_of(record(uniqueid, userfield)) == call


def test_a_torn_line_is_no_call() -> None:
    assert call_of(record(CALL)[:12]) is None
    assert call_of(record(CALL)[:17]) == CALL


def test_a_call_is_answered_if_any_of_its_records_is(tmp_path: Path) -> None:
    rows = [record(CALL, disposition="NO ANSWER"), record(CALL), record(OTHER, disposition="BUSY")]
    lines = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    (tmp_path / "Master.csv").write_text("\n".join(lines) + "\n")
    assert answered_calls(tmp_path / "Master.csv") == {CALL: True, OTHER: False}


def line(call: str, disposition: str = "ANSWERED") -> bytes:
    row = ",".join(f'"{field}"' for field in record(call, disposition=disposition) if '"' not in field)
    return row.replace('"tianzhou-out",', '"tianzhou-out","",').encode() + b"\n"


def calls_in(tail: CdrTail) -> list[str]:
    return [found.call for found in tail.read()]


def numbered(number: int) -> str:
    return f"01930000-0000-7000-8000-{number:012d}"


@pytest.fixture
def tails() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_only_what_is_new_is_read_and_a_torn_line_waits_for_its_end(tmp_path: Path, tails: ExitStack) -> None:
    path = tmp_path / "Master.csv"
    tail = tails.enter_context(closing(CdrTail(path)))
    with pytest.raises(FileNotFoundError):
        tail.read()
    whole = line(CALL)
    path.write_bytes(whole + line(OTHER)[:20])
    assert calls_in(tail) == [CALL] and tail.is_whole
    with path.open("ab") as out:
        out.write(line(OTHER)[20:])
    assert calls_in(tail) == [OTHER]
    assert calls_in(tail) == []


def test_a_rotated_file_is_read_to_its_end_before_the_new_one(tmp_path: Path, tails: ExitStack) -> None:
    path = tmp_path / "Master.csv"
    path.write_bytes(line(numbered(1)))
    tail = tails.enter_context(closing(CdrTail(path)))
    assert calls_in(tail) == [numbered(1)]
    with path.open("ab") as out:
        out.write(line(numbered(2)))
    path.rename(tmp_path / "Master.csv.1")
    path.write_bytes(line(numbered(3)))
    assert calls_in(tail) == [numbered(2), numbered(3)]
    tail.close()
    assert calls_in(tails.enter_context(closing(CdrTail(path)))) == [numbered(1), numbered(2), numbered(3)]


def test_a_file_cut_in_place_is_read_from_its_begin(tmp_path: Path, tails: ExitStack) -> None:
    path = tmp_path / "Master.csv"
    path.write_bytes(line(numbered(1)) + line(numbered(2)))
    tail = tails.enter_context(closing(CdrTail(path)))
    assert len(calls_in(tail)) == 2
    path.write_bytes(line(numbered(3)))
    assert calls_in(tail) == [numbered(3)]


def test_a_restart_begins_a_safe_way_back_and_not_in_the_middle_of_a_record(tmp_path: Path, tails: ExitStack) -> None:
    path = tmp_path / "Master.csv"
    path.write_bytes(b"".join(line(numbered(n)) for n in range(100)))
    tail = tails.enter_context(closing(CdrTail(path, back=10 * len(line(CALL)) - 7)))
    assert calls_in(tail) == [numbered(n) for n in range(91, 100)]
    assert not tail.is_whole


def test_garbage_costs_only_its_own_line(tmp_path: Path, tails: ExitStack) -> None:
    path = tmp_path / "Master.csv"
    hostile = b'"' * 9 + b"\x00\xff\n" + b"x" * 200_000 + b"\n" + b'"unbalanced,\n'
    path.write_bytes(hostile + line(CALL) + hostile + line(OTHER))
    assert calls_in(tails.enter_context(closing(CdrTail(path)))) == [CALL, OTHER]
