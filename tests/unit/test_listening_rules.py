"""What one listening is; where in a recording a moment of the clock is to be heard."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.auth.roles import Role
from api.listening.rules import Why, goes_on, is_inside, is_many, may_withdraw, ordinary_why
from api.listening.schemas import MarkKind
from api.listening.timeline import CallFacts, PauseFacts, Sound, events_of, mark_of, place, sound_of

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_a_listening_goes_on_for_a_quarter_of_an_hour() -> None:
    assert goes_on(NOW, NOW + timedelta(minutes=15))
    assert not goes_on(NOW, NOW + timedelta(minutes=15, microseconds=1))


@pytest.mark.parametrize(
    ("roles", "is_own", "why"),
    [
        ({Role.AGENT}, True, Why.OWN_CALL),
        ({Role.TEAM_LEADER}, True, Why.OWN_CALL),
        ({Role.TEAM_LEADER}, False, Why.COACHING),
        ({Role.QA_SUPERVISOR}, False, Why.QA_CHECK),
        ({Role.AUDITOR, Role.COMPLAINT_HANDLER}, False, Why.COMPLAINT),
        ({Role.MANAGER}, False, Why.OVERSIGHT),
    ],
)
def test_who_says_no_reason_has_his_roles_ordinary_one(roles: set[Role], is_own: bool, why: Why) -> None:
    assert ordinary_why(roles, is_own) is why


def test_the_sixty_first_play_of_an_hour_is_many() -> None:
    assert not is_many(60) and is_many(61)


def test_a_note_is_withdrawn_by_its_author_and_by_those_who_answer_for_quality() -> None:
    assert may_withdraw({Role.AGENT}, is_own=True) and may_withdraw({Role.QA_SUPERVISOR}, is_own=False)
    assert not may_withdraw({Role.QA_INSPECTOR, Role.SUPERVISOR}, is_own=False)


@pytest.mark.parametrize(
    ("at_s", "until_s", "inside"),
    [(0, None, True), (10, None, True), (10.1, None, False), (9, 10, True), (9, 9, False), (9, 10.1, False)],
)
def test_a_stretch_lies_inside_of_the_recording(at_s: float, until_s: float | None, inside: bool) -> None:
    assert is_inside(at_s, until_s, 10) is inside


AUTOMATIC = CallFacts(
    "progressive",
    NOW,
    answered_at=at(5),
    connected_at=at(6),
    ended_at=at(25),
    disposed_at=at(30),
    disposition="callback",
)


def test_an_automatic_call_is_heard_from_the_answer_on() -> None:
    sound = sound_of(AUTOMATIC, 20)
    marks = {mark.kind: mark for mark in (mark_of(event, sound) for event in events_of(AUTOMATIC))}
    assert marks[MarkKind.OPENED].at_s is None and marks[MarkKind.DISPOSED].at_s is None
    assert marks[MarkKind.ANSWERED].at_s == 0 and marks[MarkKind.CONNECTED].at_s == 1
    assert marks[MarkKind.ENDED].at_s == 20 and marks[MarkKind.DISPOSED].detail == "callback"
    assert (marks[MarkKind.WAITING].at_s, marks[MarkKind.WAITING].until_s) == (0, 1)
    ringing = marks[MarkKind.RINGING]
    assert (ringing.until, ringing.at_s, ringing.until_s) == (at(5), 0, 0)


def test_a_call_dialed_by_hand_is_heard_from_the_dial_on() -> None:
    call = CallFacts("manual", NOW, answered_at=at(5), connected_at=at(5), ended_at=at(25))
    sound = sound_of(call, 24)  # the first second had no sound on the line yet
    marks = {mark.kind: mark for mark in (mark_of(event, sound) for event in events_of(call))}
    answered = marks[MarkKind.ANSWERED]
    assert (answered.at_s, answered.earliest_s, answered.latest_s) == (4, 4, 5)
    assert MarkKind.WAITING not in marks and marks[MarkKind.RINGING].until_s == 4


def test_a_pause_that_outlasts_the_audio_ends_with_it() -> None:
    sound = sound_of(AUTOMATIC, 20)
    pauses = [PauseFacts(at(10), at(12), "resumed"), PauseFacts(at(22), at(26), "ended")]
    marks = [mark_of(event, sound) for event in events_of(AUTOMATIC, pauses) if event.kind is MarkKind.PAUSE]
    assert [(mark.at_s, mark.until_s) for mark in marks] == [(5, 7), (17, 20)]


def test_silence_left_out_makes_what_follows_a_span() -> None:
    sound = Sound(NOW, at(20), 12)
    assert sound.missing_s == 8
    assert place(at(3), sound) == (3, 0, 3)
    assert place(at(15), sound) == (12, 7, 12)
    assert place(at(20), sound) == (12, 12, 12)


@pytest.mark.parametrize("call", [CallFacts("progressive", NOW), CallFacts("progressive", NOW, ended_at=at(20))])
def test_without_audio_there_are_only_the_times(call: CallFacts) -> None:
    assert sound_of(call, 10) is None and sound_of(AUTOMATIC, None) is None
    assert [mark_of(event, None).at_s for event in events_of(call)] == [None] * len(events_of(call))


@given(
    wall=st.floats(1, 7200),
    share=st.floats(0.01, 1.2),
    part=st.floats(0, 1),
    later=st.floats(0, 1),
    from_end=st.booleans(),
)
def test_places_are_inside_of_the_audio_and_in_order(
    wall: float, share: float, part: float, later: float, from_end: bool
) -> None:
    sound = Sound(NOW, at(wall), wall * share, from_end)
    first, second = sorted((at(wall * part), at(wall * later)))
    here, there = place(first, sound), place(second, sound)
    assert here is not None and there is not None
    for found in (here, there):
        assert 0 <= found.earliest_s <= found.at_s <= found.latest_s <= sound.duration_s + 1e-9
    assert here.at_s <= there.at_s + 1e-9 or second == sound.ends_at
