"""When a backup is due, which are kept, what belongs to a snapshot, and how PostgreSQL's programs are told."""

import uuid
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from api.cli.backup import nightly, result, shelf
from api.cli.backup.cut import Cut
from api.cli.backup.database import address
from api.cli.backup.own import settings_in_force
from api.cli.backup.rules import OVERDUE, is_name, merged, moment_of_name, name_of, next_run, read_at, superfluous
from dialer.machine import Paths
from dialer.settings import Settings

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
AT = time(2, 30)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("now", "last", "due"),
    [
        (utc(2026, 3, 31, 10), utc(2026, 3, 30, 18, 30), utc(2026, 3, 31, 18, 30)),  # tonight
        (utc(2026, 3, 31, 18, 29, 59), utc(2026, 3, 30, 18, 30), utc(2026, 3, 31, 18, 30)),
        (utc(2026, 3, 31, 18, 30), utc(2026, 3, 31, 18, 30), utc(2026, 4, 1, 18, 30)),  # just made
        (utc(2026, 4, 1, 1), utc(2026, 3, 30, 18, 30), utc(2026, 4, 1, 1)),  # missed: the machine was off
        (utc(2026, 3, 31, 19), utc(2026, 3, 30, 18, 30), utc(2026, 3, 31, 20, 30)),  # missed, 26 h are not over
        (utc(2026, 3, 31, 10), utc(2026, 3, 31, 9, 59), utc(2026, 3, 31, 18, 30)),  # set up a minute ago
    ],
)
def test_the_next_backup_is_tonight_or_what_was_missed(now: datetime, last: datetime, due: datetime) -> None:
    assert next_run(now, last, AT, SHANGHAI) == due


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (utc(2026, 3, 28, 12), utc(2026, 3, 29, 1, 30)),  # 02:30 does not exist that night: the same instant, 03:30
        (utc(2026, 3, 29, 1, 30), utc(2026, 3, 30, 0, 30)),
        (utc(2026, 10, 24, 12), utc(2026, 10, 25, 0, 30)),  # 02:30 comes twice: once
        (utc(2026, 10, 25, 0, 30), utc(2026, 10, 26, 1, 30)),
    ],
)
def test_a_change_of_the_clocks_neither_loses_nor_doubles_a_backup(now: datetime, due: datetime) -> None:
    assert next_run(now, now, AT, BERLIN) == due
    assert due - now < OVERDUE


def test_a_time_of_day_is_read_or_refused() -> None:
    assert (read_at("02:30"), read_at("")) == (AT, None)
    with pytest.raises(ValueError, match="time data"):
        read_at("half past two")


def test_only_our_own_oldest_are_superfluous() -> None:
    names = [name_of(utc(2026, 1, day)) for day in (3, 1, 2)]
    assert superfluous([*names, "holiday photos", f"{names[0]}.part"], 2) == [name_of(utc(2026, 1, 1))]
    assert is_name(names[0]) and moment_of_name(names[0]) == utc(2026, 1, 3)


@pytest.mark.parametrize(
    ("before", "after", "both"),
    [
        (b"", b"", b""),
        (b"a\n", b"a\nb\n", b"a\nb\n"),  # grown
        (b"a\nb\n", b"", b"a\nb\n"),  # carried over in between: again is harmless
        (b"a\nto", b"c\n", b"a\nc\n"),  # carried over while it was written: the torn line was never promised
    ],
)
def test_two_looks_at_an_outbox_lose_nothing(before: bytes, after: bytes, both: bytes) -> None:
    assert merged(before, after) == both


def test_what_began_after_the_snapshot_is_later_and_an_old_orphan_is_not() -> None:
    taken = utc(2026, 3, 31, 12)
    known, new, old = (_call(taken + timedelta(seconds=s)) for s in (-5, 5, -7200))
    cut = Cut(taken, frozenset({known}), 0)
    assert [cut.is_later(call) for call in (known, new, old, None, "odd")] == [False, True, False, False, False]


def test_the_password_goes_by_the_environment() -> None:
    told = address("postgresql+asyncpg://li:open%20sesame@db.example:6000/calls?ssl=require")
    assert told["PGPASSWORD"] == "open sesame"
    assert (told["PGHOST"], told["PGPORT"], told["PGUSER"]) == ("db.example", "6000", "li")
    assert (told["PGDATABASE"], told["PGSSLMODE"]) == ("calls", "require")
    assert address("postgresql+asyncpg://app@/tianzhou?host=/run/pg")["PGHOST"] == "/run/pg"


def test_settings_are_kept_as_one_would_type_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIANZHOU_METRICS_TOKEN", "hush")
    kept = settings_in_force(Settings(zone="Asia/Urumqi"))
    assert (kept["TIANZHOU_ZONE"], kept["TIANZHOU_METRICS_TOKEN"]) == ("Asia/Urumqi", "hush")


def test_the_nightly_one_counts_from_the_set_up_and_waits_after_a_failure(tmp_path: Path) -> None:
    here, now = Settings(data_dir=tmp_path), utc(2026, 3, 31, 10)
    assert shelf.born_at(here) is None
    assert nightly.due_at(here, now, None) == utc(2026, 3, 31, 18, 30)
    (tmp_path / "backup" / name_of(now - timedelta(hours=30))).mkdir(parents=True)
    assert nightly.due_at(here, now, None) == now
    assert nightly.due_at(here, now, now) == now + nightly.AGAIN
    assert nightly.due_at(Settings(data_dir=tmp_path, backup_at=""), now, None) is None


def test_the_last_result_is_read_back(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    assert result.last(paths) is None
    said = result.Result("2026-03-31T18:30:00Z", "", "no room")
    result.note(paths, said)
    assert result.last(paths) == said
    (tmp_path / result.LAST).write_text("{")
    assert result.last(paths) is None


def _call(moment: datetime) -> str:
    digits = f"{int(moment.timestamp() * 1000):012x}"
    return f"{digits[:8]}-{digits[8:]}-7{uuid.uuid4().hex[:3]}-8000-000000000000"
