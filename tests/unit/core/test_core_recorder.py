"""What is wrong with a recorder, from looks at its files and at the line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core import events as ev
from dialer.core import recorder
from dialer.core.attempt import Attempt, DialResult, EndReason, Mode
from dialer.core.compliance import RefusalReason, machine_gate
from dialer.core.floor import Floor
from dialer.core.incidents import Incident, IncidentKind
from dialer.core.recorder import Look, Tape
from dialer.core.records import IncidentFound, RecordingFacts
from tests.unit.core.build import NOW, attempt_id, make_attempt, make_machine

CALL = attempt_id(1)
BLOCK = 32_768  # what one flush of the buffer adds


def watch(looks: list[Look], is_connected: bool = True) -> tuple[Tape, list[list[Incident]]]:
    """A look each second from 0 on; what was wrong at each."""
    tape, found = recorder.begin(0.0), []
    for second, look in enumerate(looks):
        asked = look if recorder.is_stalled(tape, second) else Look(look.sizes, look.peaks)
        tape = recorder.after(tape, asked, float(second))
        found.append(recorder.faults(CALL, tape, is_connected, NOW, float(second)))
    return tape, found


def first(found: list[list[Incident]]) -> tuple[int, IncidentKind] | None:
    return next(((second, each[0].kind) for second, each in enumerate(found) if each), None)


def growing(second: int, until: int = 10**9, peaks: tuple[int, int] = (900, 900)) -> Look:
    size = 44 + BLOCK * int(min(second, until) / 2.05)
    return Look((size, size), peaks, packets=50 * second)


def test_a_recording_that_grows_in_blocks_of_two_seconds_is_well() -> None:
    assert first(watch([growing(n) for n in range(120)])[1]) is None


def test_files_that_are_not_there_are_told_within_ten_seconds() -> None:
    missing = [Look((None, 44), packets=50 * n) for n in range(20)]
    assert first(watch(missing)[1]) == (5, IncidentKind.RECORDER_NOT_STARTED)


def test_files_that_stop_growing_while_sound_goes_by_are_told_within_ten_seconds() -> None:
    second, kind = first(watch([growing(n, until=21) for n in range(60)])[1]) or (0, None)
    assert (kind, second - 21 < 10) == (IncidentKind.NOT_GROWING, True)


def test_files_that_do_not_grow_because_nobody_sends_are_a_gap_and_no_fault() -> None:
    still = [Look((44, 44), packets=7) for _ in range(25)]
    assert first(watch(still)[1]) is None
    assert first(watch([Look((44, 44)) for _ in range(25)])[1]) is None  # and where the line cannot be asked


def test_what_was_owed_is_counted_anew_once_the_file_grows() -> None:
    looks = [growing(n, until=5) for n in range(9)] + [growing(n) for n in range(9, 30)]
    tape, found = watch(looks)
    assert first(found) is None and tape.owed == 0


@pytest.mark.parametrize(
    ("peaks", "kind", "quiet"),
    [
        ((0, 900), IncidentKind.ONE_SIDED, ["customer"]),
        ((900, 8), IncidentKind.ONE_SIDED, ["agent"]),
        ((8, 8), IncidentKind.SILENT, ["customer", "agent"]),
    ],
)
def test_a_leg_without_sound_is_told_in_under_a_minute(
    peaks: tuple[int, int], kind: IncidentKind, quiet: list[str]
) -> None:
    tape, found = watch([growing(n, peaks=peaks) for n in range(60)])
    assert first(found) == (30, kind)
    assert found[-1][0].facts["quiet"] == quiet
    assert not recorder.is_heard(tape, 59.0)
    assert recorder.is_heard(recorder.after(tape, growing(60), 60.0), 60.0)
    assert first(watch([growing(n, peaks=peaks) for n in range(60)], is_connected=False)[1]) is None


def test_sound_is_expected_only_from_the_moment_they_hear_each_other() -> None:
    tape = recorder.joined(recorder.begin(0.0), 25.0)
    assert recorder.faults(CALL, tape, True, NOW, 54.0) == []
    assert [each.kind for each in recorder.faults(CALL, tape, True, NOW, 55.0)] == [IncidentKind.SILENT]


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**4)), max_size=60))
def test_whatever_is_seen_a_fault_names_the_call_and_no_number(seen: list[tuple[int, int]]) -> None:
    looks = [Look((size, size), (peak, peak), size) for size, peak in seen]
    for found in watch(looks)[1]:
        assert all(each.subject == each.call_id == CALL and "+86" not in each.detail for each in found)


def test_the_reserve_is_two_hours_of_the_calls_in_the_air_and_never_less_than_the_least() -> None:
    assert recorder.reserve_mb(0, 1024) == recorder.reserve_mb(4, 1024) == 1024
    assert recorder.reserve_mb(20, 1024) == 4395  # 20 x 32 kB/s x 7200 s
    assert recorder.reserve_mb(100, 1024) == 21973


def test_the_disk_is_told_below_the_reserve_and_over_a_tenth_above_it() -> None:
    found = recorder.disk_fault("node-1", 999, 1000, NOW)
    assert found is not None and (found.kind, found.subject) == (IncidentKind.DISK_RESERVE, "node-1")
    assert recorder.disk_fault("node-1", 1000, 1000, NOW) is None
    assert [recorder.has_room(mb, 1000) for mb in (999, 1000, 1099, 1100)] == [False, False, False, True]


@pytest.mark.parametrize(
    ("age_s", "watched_s", "is_away"),
    [(14.9, 100, False), (15.0, 100, True), (None, 14.9, False), (None, 15.0, True), (0.5, 0, False)],
)
def test_the_worker_is_away_after_fifteen_seconds(age_s: float | None, watched_s: float, is_away: bool) -> None:
    found = recorder.worker_fault("node-1", age_s, watched_s, NOW)
    assert (found is not None and found.kind is IncidentKind.WORKER_AWAY) is is_away


def make_floor(*attempts: Attempt) -> Floor:
    return Floor(attempts={attempt.id: attempt for attempt in attempts})


def test_a_customer_whom_no_recorder_heard_is_an_incident() -> None:
    for attempt in (make_attempt(), make_attempt(mode=Mode.MANUAL)):
        floor = make_floor(attempt)
        commands = floor.receive(ev.Answered(attempt.id, recorder_ok=False), NOW)
        assert IncidentFound(recorder.not_started(attempt.id, NOW)) in [
            getattr(each, "record", None) for each in commands
        ]


def test_a_recorder_that_somebody_stopped_is_an_incident_of_a_call_that_goes_on() -> None:
    floor = make_floor(make_attempt())
    [written] = floor.receive(ev.RecorderStopped(CALL, "muted"), NOW)
    found = written.record.incident  # type: ignore[union-attr]
    assert (found.kind, found.call_id, "muted" in found.detail) == (IncidentKind.RECORDER_STOPPED, CALL, True)
    assert CALL in floor.attempts
    assert floor.receive(ev.RecorderStopped(attempt_id(9), "stopped"), NOW) == []


def test_a_hangup_that_was_ordered_when_asterisk_died_ended_no_call() -> None:
    for reason, told in ((EndReason.AGENT_HUNG_UP, EndReason.NODE_LOST), (EndReason.NO_AGENT, EndReason.NO_AGENT)):
        floor = make_floor(make_attempt(answered_at=NOW, end_reason=reason))
        [written] = floor.receive(ev.Ended(CALL, DialResult.UNKNOWN, reason=EndReason.NODE_LOST), NOW)
        assert written.record.reason is told  # type: ignore[union-attr]


def test_what_the_line_carried_is_kept_also_after_the_end_of_the_call() -> None:
    [written] = make_floor().receive(ev.RecordingClosed(CALL, 604, None), NOW)
    assert written.record == RecordingFacts(CALL, NOW, 604, None)  # type: ignore[union-attr]


def test_nothing_is_dialed_while_recordings_are_at_risk() -> None:
    refusal = machine_gate(make_machine(at_risk="the self-test failed"))
    assert refusal is not None and refusal.reason is RefusalReason.RECORDING_AT_RISK
    assert "the self-test failed" in refusal.detail
