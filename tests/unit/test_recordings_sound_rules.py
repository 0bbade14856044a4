"""What a sealed recording must hold, from its talk, its line and its loudest samples."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.incidents import IncidentKind
from recordings.sound_rules import Sealed, faults

GOOD = Sealed(Decimal("20.0"), Decimal("20.4"), 1010, False, 19.0, (0.4, 0.5))


def kinds(sealed: Sealed) -> list[IncidentKind]:
    return [fault.kind for fault in faults(sealed)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"recorded_s": Decimal("19.4")}, []),  # one second less than the talk
        ({"recorded_s": Decimal("19.39")}, []),  # more is missing, and the line carried 20.2 s: not yet a second
        ({"recorded_s": Decimal("19.1")}, [IncidentKind.LENGTH_DIFFERS]),
        ({"recorded_s": Decimal("12.0"), "packets": 600}, []),  # eight seconds of mutual silence: a gap
        ({"recorded_s": Decimal("12.0"), "packets": 660}, [IncidentKind.LENGTH_DIFFERS]),
        ({"recorded_s": Decimal("12.0"), "packets": None}, [IncidentKind.LENGTH_DIFFERS]),
        ({"recorded_s": Decimal("12.0"), "repaired": True}, []),  # what a crash took is marked where it is sealed
        ({"recorded_s": Decimal("30.0")}, []),  # a call by hand is on record from before it rings
        ({"peaks": (0.001, 0.5)}, [IncidentKind.ONE_SIDED]),
        ({"peaks": (0.5, 0.0)}, [IncidentKind.ONE_SIDED]),
        ({"peaks": (0.0, 0.0)}, [IncidentKind.SILENT]),
        ({"peaks": None, "recorded_s": Decimal(0), "packets": 0}, [IncidentKind.SILENT]),
        ({"peaks": (0.0, 0.5), "together_s": 9.9}, []),
        ({"peaks": (0.0, 0.5), "recorded_s": Decimal(5)}, [IncidentKind.LENGTH_DIFFERS, IncidentKind.ONE_SIDED]),
    ],
)
def test_what_is_wrong_with_a_recording(changes: dict[str, object], expected: list[IncidentKind]) -> None:
    assert kinds(replace(GOOD, **changes)) == expected  # type: ignore[arg-type]


def test_a_fault_says_what_is_missing() -> None:
    [fault] = faults(replace(GOOD, recorded_s=Decimal("5.0")))
    assert "15.2 s of 20.4 s" in fault.detail
    assert fault.facts == {"recorded_s": "5.0", "talk_s": "20.4", "packets": 1010}


seconds = st.decimals(0, 7200, places=3)


@given(seconds, seconds, st.integers(0, 400_000), st.booleans())
def test_a_recording_as_long_as_what_the_line_carried_is_never_too_short(
    recorded: Decimal, talk: Decimal, packets: int, repaired: bool
) -> None:
    found = kinds(Sealed(recorded, talk, packets, repaired, 0.0, None))
    if recorded >= min(talk, packets * Decimal("0.02")) - 1:
        assert found == []
    elif not repaired:
        assert found == [IncidentKind.LENGTH_DIFFERS]
