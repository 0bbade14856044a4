"""Every kind of incident is explained to people in both languages: what it means, and what to do next."""

import re
from pathlib import Path

import pytest

from dialer.core.incidents import IncidentKind

TEXTS = Path(__file__).parents[2] / "web" / "src" / "i18n"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_kind_is_left_unexplained(language: str) -> None:
    told = (TEXTS / language / "incidents.ts").read_text(encoding="utf-8")
    explained = re.findall(r"^  (\w+): \{\n    title: .+,\n    means: .+,\n    next: .+,\n  \},", told, re.MULTILINE)
    assert sorted(explained) == sorted(IncidentKind), f"web/src/i18n/{language}/incidents.ts: title, means, next"
