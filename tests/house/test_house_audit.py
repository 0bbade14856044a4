"""The audit tells a hole from silence."""

import json
from collections.abc import Mapping

from tests.house.audit import read, verdict


def answer(*rows: Mapping[str, object]) -> str:
    return json.dumps({"dependencies": rows, "fixes": []})


CLEAN = {"name": "attrs", "version": "1", "vulns": []}
HOLED = {"name": "jinja", "version": "2", "vulns": [{"id": "CVE-1"}, {"id": "CVE-2"}]}
UNKNOWN = {"name": "ours", "skip_reason": "not found"}


def test_a_known_hole_fails_and_is_named() -> None:
    code, said = verdict(read(answer(CLEAN, HOLED, UNKNOWN)))
    assert code == 1 and "jinja 2: CVE-1, CVE-2" in said


def test_no_network_and_no_knowledge_are_said_and_do_not_fail() -> None:
    for silence in ("", "not json", "[]", answer(UNKNOWN, UNKNOWN)):
        code, said = verdict(read(silence))
        assert code == 0 and "could not be read" in said


def test_a_clean_answer_says_how_much_it_covers() -> None:
    assert verdict(read(answer(CLEAN, CLEAN))) == (0, "No known security hole in 2 packages.")
    assert "1 are unknown" in verdict(read(answer(CLEAN, UNKNOWN)))[1]
