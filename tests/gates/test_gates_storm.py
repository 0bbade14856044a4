"""Attempts with every gate on, counted by a judge who knows the rules alone: none that should not have been.

`TIANZHOU_GATE_ATTEMPTS` makes it as many as the soak wants, `TIANZHOU_SOAK_SEED` others.
"""

import os
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.gates.checker import violations
from tests.gates.storm import Storm, storm

ATTEMPTS = int(os.environ.get("TIANZHOU_GATE_ATTEMPTS", "20000"))
SEED = int(os.environ.get("TIANZHOU_SOAK_SEED", "1"))


@pytest.fixture(scope="module")
def made() -> Storm:
    return storm(SEED, ATTEMPTS)


def test_no_call_that_the_rules_forbid(made: Storm) -> None:
    print(f"\n{made.asked} attempts asked, {len(made.dialed)} dialed; refused: {dict(made.refused)}")
    assert (
        made.asked == ATTEMPTS and len(made.dialed) > ATTEMPTS / 100
    )  # the longer, the more numbers are at their caps
    assert list(violations(made, made.dialed)) == []


def test_every_gate_had_something_to_refuse(made: Storm) -> None:
    wanted = {"malformed_number", "dnc", "no_consent", "list_off", "outside_hours", "caller_id_not_allowed"}
    assert wanted <= set(made.refused) and {"after_abandon", "frequency_cap", "store_down"} <= set(made.refused)


def test_the_judge_sees_each_kind_of_wrong_call(made: Storm) -> None:
    """The same calls at other hours, twice in a row, after a refusal, with a caller number of nobody's."""
    some = made.dialed[:200]
    wrong = [replace(call, at=call.at + timedelta(hours=12), caller_id="666") for call in some]
    refused = replace(made, dnc={call.number: -1 for call in some}, dnc_of={})
    left = replace(made, abandoned={call.number: [(-1, call.at)] for call in some})
    found = {rule for world in (made, refused, left) for rule, _call in violations(world, [*some, *some, *wrong])}
    assert {
        "on the do-not-call list",
        "outside the hours of the place",
        "over the cap of a day",
        "a caller number that is not ours",
        "by machine within 72 hours of an abandoned call",
    } <= found
