"""Asterisk's CSV: which call a record is about, and whether it was answered."""

from pathlib import Path

import pytest

from recordings.cdr import answered_calls, call_of

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
