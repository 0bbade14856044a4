"""What Asterisk leaves on disk: its call records, and the two legs of a call being recorded."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from errno import ENOSPC
from pathlib import Path

import pytest

from ari_bridge import cdr, recorder
from dialer.core.attempt import DialResult, Mode
from dialer.core.events import Ended, Fate, RecordingClosed
from dialer.core.ids import AttemptId
from dialer.core.recorder import Look
from tests.unit.core.build import make_attempt

CALL = AttemptId("0193f5a4-7e00-7a00-8000-000000000001")
OTHER = AttemptId("0193f5a4-7e00-7a00-8000-000000000002")


def line(disposition: str, uniqueid: str = CALL, userfield: str = "", answer: str = "2026-11-24 02:00:05") -> str:
    """A record as Asterisk writes it: every text quoted, quotes within it doubled, commas inside."""
    answered = f'"{answer}"' if disposition == "ANSWERED" else ""
    start = f'"2026-11-24 02:00:00",{answered},"2026-11-24 02:01:00",60,55'
    head = '"","10010","s","default","""Zhang, San"" <10010>","PJSIP/trunk-1","","Dial","13800138000,30"'
    return f'{head},{start},"{disposition}","DOCUMENTATION","{uniqueid}","{userfield}"\n'


@pytest.fixture
def master(tmp_path: Path) -> Path:
    return tmp_path / "Master.csv"


ENDED = datetime(2026, 11, 24, 2, 1, 0, 500_000, UTC)


def told(master: Path, *lines: str, mode: Mode = Mode.PROGRESSIVE) -> Fate:
    master.write_text("".join(lines))
    return cdr.fate(master, make_attempt(id=CALL, mode=mode))


def fate(master: Path, *lines: str) -> Ended | None:
    """The end alone, its time apart."""
    found = told(master, *lines)
    if not found:
        return None
    end = found[-1]
    assert isinstance(end, Ended) and end.ended_at == ENDED
    return replace(end, ended_at=None)


def test_an_answered_call_is_read_with_its_answer(master: Path) -> None:
    found = fate(master, line("BUSY", OTHER), line("ANSWERED"))
    assert found is not None and found.result is DialResult.ANSWERED
    assert found.answered_at == datetime(2026, 11, 24, 2, 0, 5, 500_000, UTC)


def test_an_unanswered_call_is_read_with_what_the_network_said(master: Path) -> None:
    assert fate(master, line("BUSY")) == Ended(CALL, DialResult.BUSY)
    assert fate(master, line("NO ANSWER")) == Ended(CALL, DialResult.NO_ANSWER)


def test_one_answered_record_of_several_decides(master: Path) -> None:
    found = fate(master, line("ANSWERED"), line("NO ANSWER"))
    assert found is not None and found.result is DialResult.ANSWERED
    found = fate(master, line("NO ANSWER"), line("BUSY"))
    assert found is not None and found.result is DialResult.BUSY


def test_a_manual_call_is_found_by_the_attempt_in_its_user_field(master: Path) -> None:
    assert fate(master, line("BUSY", "1764000000.1", CALL)) == Ended(CALL, DialResult.BUSY)
    assert fate(master, line("BUSY", "1764000000.1", f"{CALL};rx=60;tx=61")) == Ended(CALL, DialResult.BUSY)


def test_a_recorded_call_is_read_to_the_millisecond_with_what_its_line_carried(master: Path) -> None:
    record = line("ANSWERED", userfield=f"{CALL};rx=604;tx=610;up=1764000005.042;end=1764000060.917")
    up = datetime.fromtimestamp(1764000005, UTC) + timedelta(milliseconds=42)
    end = datetime.fromtimestamp(1764000060, UTC) + timedelta(milliseconds=917)
    carried, automatic = told(master, record)
    assert carried == RecordingClosed(CALL, 604, 610)
    assert automatic == Ended(CALL, DialResult.ANSWERED, answered_at=up, ended_at=end)
    _, by_hand = told(master, record, mode=Mode.MANUAL)  # there the recorder began before it rang
    answered = datetime(2026, 11, 24, 2, 0, 5, 500_000, UTC)
    assert by_hand == Ended(CALL, DialResult.ANSWERED, answered_at=answered, ended_at=end)


@pytest.mark.parametrize(
    "userfield", [";rx=;tx=;up=;end=", ";rx;up=1;end=x.123", ";end=1764000060.9", ";;up=.;end=1."]
)
def test_what_the_dialplan_could_not_tell_is_taken_from_the_records_own_columns(master: Path, userfield: str) -> None:
    answered = datetime(2026, 11, 24, 2, 0, 5, 500_000, UTC)
    assert fate(master, line("ANSWERED", userfield=CALL + userfield)) == Ended(
        CALL, DialResult.ANSWERED, answered_at=answered
    )


def test_an_answer_without_its_time_is_still_an_answer(master: Path) -> None:
    found = fate(master, line("ANSWERED").replace('"2026-11-24 02:00:05"', ""))
    assert found == Ended(CALL, DialResult.ANSWERED)


@pytest.mark.parametrize("cut", range(1, len(line("ANSWERED")), 9))
def test_a_last_line_being_written_never_breaks_the_look(master: Path, cut: int) -> None:
    found = fate(master, line("BUSY", OTHER), line("ANSWERED")[:-cut])
    assert found is None or found.result is DialResult.ANSWERED
    assert fate(master, line("BUSY"), line("ANSWERED", OTHER)[:-cut]) == Ended(CALL, DialResult.BUSY)


def test_no_record_no_fate(master: Path) -> None:
    assert cdr.fate(master, make_attempt(id=CALL)) == ()
    assert fate(master, line("ANSWERED", OTHER)) is None


def test_a_long_file_is_read_from_its_end(master: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cdr, "TAIL_BYTES", 1000)
    many = [line("BUSY", OTHER)] * 50
    assert fate(master, line("ANSWERED"), *many) is None
    assert fate(master, *many, line("NO ANSWER")) == Ended(CALL, DialResult.NO_ANSWER)


# -- the recorder ------------------------------------------------------------------------------------------------


def test_a_call_is_recorded_when_both_legs_are_there(tmp_path: Path) -> None:
    first, second = recorder.leg_files(tmp_path, CALL)
    assert not recorder.is_recording(tmp_path, CALL)
    first.touch()
    assert not recorder.is_recording(tmp_path, CALL) and recorder.recorded_in(tmp_path) == set()
    second.touch()
    assert recorder.is_recording(tmp_path, CALL) and recorder.recorded_in(tmp_path) == {CALL}


async def test_the_recorder_is_confirmed_or_not_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "CONFIRM_S", 0.03)
    assert not await recorder.confirm(tmp_path, CALL)
    for leg in recorder.leg_files(tmp_path, CALL):
        leg.touch()
    assert await recorder.confirm(tmp_path, CALL)


def test_a_spool_in_order_says_how_much_room_there_is(tmp_path: Path) -> None:
    status = recorder.spool_status(tmp_path)
    assert status.ok and status.free_mb > 0 and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("is_file", [True, False])
def test_a_spool_that_is_no_folder_is_reported(tmp_path: Path, is_file: bool) -> None:
    spool = tmp_path / "spool"
    if is_file:
        spool.touch()
    status = recorder.spool_status(spool)
    assert not status.ok and "not a folder" in status.why


def test_a_spool_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / ".probe").mkdir()  # an obstacle for every user, root too
    status = recorder.spool_status(tmp_path)
    assert not status.ok and "cannot be written" in status.why


def leg(spool: Path, name: str, *samples: int) -> Path:
    file = recorder.leg_files(spool, CALL)[recorder.LEGS.index(name)]
    file.write_bytes(bytes(44) + b"".join(sample.to_bytes(2, "little", signed=True) for sample in samples))
    return file


def test_each_look_hears_what_was_written_since_the_last(tmp_path: Path) -> None:
    tapes = recorder.Tapes(tmp_path)
    assert tapes.look([CALL]) == {CALL: Look((None, None))}
    customer, _ = leg(tmp_path, "customer", 5, -3000, 9), leg(tmp_path, "agent")
    assert tapes.look([CALL]) == {CALL: Look((50, 44), (3000, 0))}
    assert tapes.look([CALL]) == {CALL: Look((50, 44), (0, 0))}
    with customer.open("ab") as out:
        out.write((-32768).to_bytes(2, "little", signed=True) + b"\x01")  # half a sample is on its way
    assert tapes.look([CALL]) == {CALL: Look((53, 44), (32768, 0))}
    assert tapes.look([]) == {}
    assert tapes.look([CALL]) == {CALL: Look((53, 44), (32768, 0))}  # forgotten meanwhile: from the beginning


def test_a_disk_without_room_is_the_reserve_s_business(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert recorder.spool_status(tmp_path).ok
