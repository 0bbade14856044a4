"""What `doctor`, `verify` and `user add` print and how they end."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import recordings.verify
from api.auth.roles import Role
from api.cli import doctor, user, verify
from api.cli.doctor.finding import Finding
from api.cli.errors import CliError
from dialer.settings import Settings
from recordings.report import Difference, Report
from recordings.report import Finding as Found

WELL = Finding("clock", True, "agrees")
ILL = Finding("disk_spool", False, "10 MB free", "Make room.")


@pytest.mark.parametrize(("findings", "code"), [([WELL], 0), ([WELL, ILL], 1)])
def test_doctor_ends_with_1_on_any_problem(
    findings: list[Finding], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "examine", lambda _: iter(findings))
    assert doctor.run(Settings(), as_json=True) == code
    assert [entry["ok"] for entry in json.loads(capsys.readouterr().out)] == [finding.ok for finding in findings]


def test_doctor_says_what_to_do_only_where_something_is_wrong() -> None:
    assert "Make room." in doctor.line(ILL)
    assert "->" not in doctor.line(WELL)


def fake_comparison(monkeypatch: pytest.MonkeyPatch, report: Report) -> list[Any]:
    seen: list[Any] = []

    async def compare(
        settings: Settings, day: date | None, call: str | None, elsewhere: Sequence[Path], deep: bool
    ) -> tuple[int, Report]:
        seen.append((day, call))
        return int(report.code), report

    monkeypatch.setattr(recordings.verify, "run", compare)
    return seen


def test_verify_passes_the_day_and_the_exit_code_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    report = Report(day="2026-03-31", differences=[Difference(Found.OBJECT_MISSING, "call-1", "no file")])
    seen = fake_comparison(monkeypatch, report)
    assert verify.run(Settings(), "2026-03-31", "", as_json=True) == 1
    assert seen == [(date(2026, 3, 31), None)]
    assert json.loads(capsys.readouterr().out)["differences"][0]["kind"] == "object_missing"


def test_verify_of_a_call_asks_for_no_day_and_of_everything_for_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = fake_comparison(monkeypatch, Report())
    assert verify.run(Settings(), "", "abc", as_json=False) == 0
    assert verify.run(Settings(), "", "", as_json=False) == 0
    assert seen == [(None, "abc"), (None, None)]


def test_verify_is_not_comparable_without_a_database(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def away(*_: object) -> None:
        raise ConnectionRefusedError("nobody listens")

    monkeypatch.setattr(recordings.verify, "run", away)
    assert verify.run(Settings(), "", "", as_json=False) == 2
    assert "make run" in capsys.readouterr().err


@pytest.mark.parametrize(("day", "call"), [("yesterday", ""), ("2026-03-31", "abc")])
def test_verify_refuses_what_it_cannot_mean(day: str, call: str) -> None:
    with pytest.raises(CliError):
        verify.run(Settings(), day, call, as_json=False)


def test_a_report_names_each_difference_and_what_was_not_looked_at() -> None:
    report = Report(calls=3, differences=[Difference(Found.SEAL_MISSING, "call-1", "no seal")], unchecked=["CDR"])
    shown = "\n".join(verify.lines(report))
    assert "seal_missing  call-1  no seal" in shown and "UNCHECKED  CDR" in shown
    assert "Everything agrees." in verify.lines(Report())


def test_a_made_password_is_shown_and_an_own_one_is_not() -> None:
    new = user.NewUser("li", "Li", (Role.AGENT,), "1001")
    assert "sesame" in user.shown(new, "id-1", "sesame", as_json=False)
    assert "assword" not in user.shown(new, "id-1", None, as_json=False)
    assert json.loads(user.shown(new, "id-1", "sesame", as_json=True))["password"] == "sesame"


def test_user_add_says_so_when_the_database_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user, "_ask_password", lambda: "secret words")
    nowhere = Settings(database_url=f"postgresql+asyncpg://nobody@/none?host={tmp_path}")
    with pytest.raises(CliError, match="make run"):
        user.run(nowhere, user.NewUser("li", "Li", (Role.AGENT,), None), as_json=False)
