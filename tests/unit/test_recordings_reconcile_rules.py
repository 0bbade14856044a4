"""What the witnesses of a call say together: whole, reasoned, in flight, or a gap of one kind."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.incidents import IncidentKind as Kind
from recordings.reconcile_rules import (
    OURS,
    AttemptSays,
    Audio,
    Gap,
    LedgerSays,
    RowSays,
    Witnesses,
    explained,
    gaps_of,
    over_of,
)

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
CALL = "01930000-0000-7000-8000-000000000001"
ANSWERED = frozenset({"ANSWERED"})
ATTEMPT = AttemptSays(NOW - timedelta(minutes=2), is_answered=True, is_seen=True)
ROW = RowSays(is_present=True, reason=None, has_object=True, samples=8000)
SETTLED = LedgerSays(intents=1, seals=1)
WHOLE = Witnesses(CALL, ATTEMPT, ROW, SETTLED, Audio.GOOD, ANSWERED)
ABSENT = RowSays(is_present=False, reason="no_answer", has_object=False, samples=0)
UNANSWERED = AttemptSays(ATTEMPT.ended_at, is_answered=False, is_seen=False)


def kinds(known: Witnesses) -> list[Kind]:
    return [gap.kind for gap in gaps_of(known, NOW)]


@pytest.mark.parametrize(
    "known",
    [
        WHOLE,
        replace(WHOLE, cdr=None),
        replace(WHOLE, audio=Audio.UNCHECKED),
        replace(WHOLE, attempt=UNANSWERED, row=ABSENT, audio=Audio.UNCHECKED, cdr=frozenset({"NO ANSWER"})),
        replace(WHOLE, attempt=UNANSWERED, row=ABSENT, audio=Audio.UNCHECKED, cdr=frozenset()),
        replace(WHOLE, attempt=replace(ATTEMPT, is_seen=False), cdr=frozenset()),
        replace(WHOLE, attempt=replace(ATTEMPT, end_reason="node_lost"), cdr=frozenset()),
        replace(WHOLE, row=replace(ROW, is_repaired=True), cdr=frozenset()),  # Asterisk died while it hung up
        replace(WHOLE, attempt=replace(ATTEMPT, ended_at=None), row=None, ledger=LedgerSays(1), cdr=frozenset()),
        replace(WHOLE, attempt=replace(ATTEMPT, ended_at=NOW - timedelta(seconds=59)), row=None, cdr=frozenset()),
        replace(WHOLE, row=None, ledger=LedgerSays(1), audio=Audio.UNCHECKED),
        replace(WHOLE, row=RowSays(True, "no_media", has_object=False, samples=0), audio=Audio.UNCHECKED),
        Witnesses(CALL),
        Witnesses(CALL, cdr=frozenset({"NO ANSWER"})),
    ],
)
def test_nothing_is_amiss(known: Witnesses) -> None:
    assert kinds(known) == []


@pytest.mark.parametrize(
    ("known", "kind"),
    [
        (replace(WHOLE, row=replace(ABSENT, reason="recorder_failed"), audio=Audio.UNCHECKED), Kind.NOT_RECORDED),
        (
            replace(
                WHOLE, attempt=replace(ATTEMPT, ended_at=NOW - timedelta(minutes=10)), row=None, ledger=LedgerSays(1)
            ),
            Kind.NOT_SETTLED,
        ),
        (replace(WHOLE, row=None), Kind.ROW_GONE),
        (replace(WHOLE, ledger=LedgerSays(intents=1)), Kind.ROW_GONE),
        (replace(WHOLE, ledger=LedgerSays(1, 2), row=ABSENT, audio=Audio.UNCHECKED), Kind.ROW_GONE),
        (replace(WHOLE, ledger=LedgerSays(1, 1, ("samples",)), audio=Audio.MISSING), Kind.ROW_GONE),
        (replace(WHOLE, row=replace(ROW, has_object=False), audio=Audio.UNCHECKED), Kind.AUDIO_MISSING),
        (replace(WHOLE, audio=Audio.MISSING), Kind.AUDIO_MISSING),
        (replace(WHOLE, audio=Audio.DIFFERS), Kind.AUDIO_DIFFERS),
        (replace(WHOLE, cdr=frozenset()), Kind.CDR_MISSING),
        (replace(WHOLE, cdr=frozenset({"NO ANSWER"})), Kind.CDR_MISSING),
        (replace(WHOLE, attempt=UNANSWERED, row=ABSENT, audio=Audio.UNCHECKED), Kind.CDR_NOT_ANSWERED),
        (replace(WHOLE, attempt=None), Kind.CALL_UNKNOWN),
        (replace(WHOLE, attempt=None, ledger=LedgerSays(), cdr=frozenset()), Kind.CALL_UNKNOWN),
        (Witnesses(CALL, cdr=ANSWERED), Kind.CALL_UNKNOWN),
    ],
)
def test_one_fault_is_one_gap(known: Witnesses, kind: Kind) -> None:
    assert kinds(known) == [kind]
    assert over_of([kind], known, NOW) == []


def test_what_is_found_right_is_over_and_what_was_not_looked_at_stays_open() -> None:
    assert set(over_of(OURS, WHOLE, NOW)) == OURS
    unseen = {Kind.AUDIO_MISSING, Kind.AUDIO_DIFFERS, Kind.CDR_MISSING, Kind.CDR_NOT_ANSWERED}
    assert set(over_of(OURS, replace(WHOLE, audio=Audio.UNCHECKED, cdr=None), NOW)) == OURS - unseen
    assert over_of(OURS, Witnesses(CALL), NOW) == []
    assert over_of([Kind.DISK_RESERVE, Kind.ORPHAN], WHOLE, NOW) == []


def test_what_a_person_closed_with_a_reason_is_not_opened_again() -> None:
    gaps = [Gap(Kind.NOT_RECORDED, CALL, ""), Gap(Kind.CDR_MISSING, CALL, "")]
    closed = {(Kind.NOT_RECORDED, CALL): True, (Kind.CDR_MISSING, CALL): False}
    assert explained(closed, gaps) == gaps[1:]


known_calls = st.builds(
    Witnesses,
    st.just(CALL),
    st.none()
    | st.builds(
        AttemptSays,
        st.none() | st.sampled_from([NOW - timedelta(seconds=n) for n in (1, 59, 60, 599, 600, 90_000)]),
        st.booleans(),
        st.booleans(),
    ),
    st.none() | st.builds(RowSays, st.booleans(), st.none() | st.just("no_answer"), st.booleans(), st.integers(0, 9)),
    st.builds(LedgerSays, st.integers(0, 2), st.integers(0, 3), st.sampled_from([(), ("bytes",)])),
    st.sampled_from(Audio),
    st.none() | st.frozensets(st.sampled_from(["ANSWERED", "NO ANSWER", "BUSY"])),
)


@given(known_calls)
def test_nothing_is_found_and_over_at_once_and_each_kind_only_once(known: Witnesses) -> None:
    found = kinds(known)
    assert len(found) == len(set(found)) and set(found) <= OURS
    assert not set(found) & set(over_of(OURS, known, NOW))
    assert all(gap.call == CALL and gap.detail.endswith(".") for gap in gaps_of(known, NOW))
