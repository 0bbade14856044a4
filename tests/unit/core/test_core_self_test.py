"""When the recorder is tested, what a test must have left on disk, and what a test that passes ends."""

from datetime import timedelta

import pytest

from dialer.core import self_test
from dialer.core.incidents import STOPPING, Incident, IncidentKind
from dialer.core.self_test import Earlier, Heard, Leg
from tests.unit.core.build import NOW

GOOD = Leg(3.0, 0.99)


@pytest.mark.parametrize(
    ("heard", "word"),
    [
        (Heard(GOOD, GOOD, sealed=""), ""),
        (Heard(Leg(3.5, 0.8), Leg(2.5, 0.8), sealed=""), ""),
        (Heard(GOOD, GOOD), "did not seal it within 10 s"),
        (Heard(GOOD, GOOD, sealed="the store did not answer"), "the store did not answer"),
        (Heard(GOOD, GOOD, why="Asterisk refused the call"), "refused"),
        (Heard(None, GOOD), "no file of the customer"),
        (Heard(GOOD, None), "no file of the agent"),
        (Heard(Leg(3.6, 0.99), GOOD), "3.6 s long"),
        (Heard(GOOD, Leg(0.0, 0.0)), "0.0 s long"),
        (Heard(Leg(3.0, 0.79), GOOD), "customer's tones"),
    ],
)
def test_a_test_passes_only_with_both_tones_in_their_legs_for_as_long_as_they_were_played(
    heard: Heard, word: str
) -> None:
    why = self_test.verdict(heard)
    assert word in why and bool(word) is bool(why)


@pytest.mark.parametrize(
    ("tests", "every_s", "is_asked", "is_due"),
    [
        (Earlier(), 3600, False, True),
        (Earlier(passed_s=3599), 3600, False, False),
        (Earlier(passed_s=3600), 3600, False, True),
        (Earlier(), 0, False, False),
        (Earlier(), 0, True, True),
        (Earlier(tried_s=59, passed_s=59), 3600, True, False),
        (Earlier(tried_s=60, passed_s=60), 3600, True, True),
        (Earlier(failed_in_a_row=1, tried_s=0), 3600, False, True),
        (Earlier(failed_in_a_row=2, tried_s=59), 0, True, False),
        (Earlier(failed_in_a_row=2, tried_s=60), 0, False, True),
    ],
)
def test_it_is_due_at_its_hour_at_once_after_a_failure_then_each_minute(
    tests: Earlier, every_s: float, is_asked: bool, is_due: bool
) -> None:
    assert self_test.is_due(tests, every_s, is_asked) is is_due


def test_a_test_that_passes_ends_what_it_disproves_and_nothing_else() -> None:
    failed, stopped = (
        self_test.failed("no file", NOW),
        Incident(IncidentKind.RECORDER_STOPPED, "call", NOW, "stopped"),
    )
    after = NOW + timedelta(seconds=1)
    assert failed.kind in STOPPING and stopped.kind in STOPPING
    assert self_test.is_ended_by(failed, after, is_call_over=True)
    assert self_test.is_ended_by(stopped, after, is_call_over=True)
    assert not self_test.is_ended_by(stopped, after, is_call_over=False)
    assert not self_test.is_ended_by(stopped, NOW, is_call_over=True)  # it began before the recorder was stopped
    other = Incident(IncidentKind.DISK_RESERVE, "node-1", NOW, "full")
    assert not self_test.is_ended_by(other, after, is_call_over=True)
