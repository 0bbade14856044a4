"""The start gives up on a program that cannot get ready; the stop goes in stages."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console

from api.cli import starting, stopping
from api.cli.errors import Interrupted, StepFailed
from api.cli.manager import Manager
from api.cli.programs import STOP_ORDER
from api.cli.screen import Screen
from api.cli.stack import Stack, StopRequest
from dialer.settings import Settings

RUNNING = {"statename": "RUNNING", "start": 1, "pid": 7, "spawnerr": ""}


class ManagerOfATest:
    """Programs that do what the test says."""

    def __init__(self, **programs: dict[str, Any]) -> None:
        self.programs = programs
        self.calls: list[str] = []
        self.on_state: Callable[[], None] = lambda: None

    def begin(self, name: str) -> None:
        self.calls.append(f"begin {name}")

    def end(self, name: str) -> None:
        self.calls.append(f"end {name}")
        self.programs[name] = RUNNING | {"statename": "STOPPED"}

    def state(self) -> dict[str, dict[str, Any]]:
        self.on_state()
        return self.programs

    def is_alive(self) -> bool:
        return True

    def shutdown(self) -> None:
        self.calls.append("shutdown")


def stack_of(manager: ManagerOfATest, tmp_path: Path) -> tuple[Stack, io.StringIO]:
    out = io.StringIO()
    settings = Settings(data_dir=tmp_path)
    return Stack(settings, True, Screen(Console(file=out)), StopRequest(), cast(Manager, manager)), out


def test_a_ready_program_is_begun_once(tmp_path: Path) -> None:
    manager = ManagerOfATest(api=RUNNING)
    stack, _ = stack_of(manager, tmp_path)
    starting._program(stack, "api", lambda: True)
    assert manager.calls == ["begin api"]


def test_a_program_that_keeps_ending_is_given_up_before_the_deadline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "POLL_S", 0)
    manager = ManagerOfATest(api=RUNNING | {"statename": "BACKOFF"})

    def restart() -> None:
        manager.programs["api"] = manager.programs["api"] | {"start": manager.programs["api"]["start"] + 1}

    manager.on_state = restart
    stack, _ = stack_of(manager, tmp_path)
    with pytest.raises(StepFailed, match="ends as soon as") as failed:
        starting._program(stack, "api", lambda: False)
    assert failed.value.log == tmp_path / "log" / "api.log"


def test_a_program_that_never_gets_ready_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "READY_S", 0)
    stack, _ = stack_of(ManagerOfATest(api=RUNNING), tmp_path)
    with pytest.raises(StepFailed, match="not ready"):
        starting._program(stack, "api", lambda: False)


def test_a_stop_asked_for_during_the_start_wins_over_its_failures(tmp_path: Path) -> None:
    stack, _ = stack_of(ManagerOfATest(api=RUNNING), tmp_path)
    stack.stop.note()
    with pytest.raises(Interrupted):
        starting._program(stack, "api", lambda: False)

    def fail() -> None:
        raise StepFailed("a helper got the Ctrl-C too")

    with pytest.raises(Interrupted):
        starting._carry_out(stack, fail)


def test_the_stop_goes_in_stages_and_ends_the_manager_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seals: list[int] = []
    manager = ManagerOfATest(**{name: RUNNING for name in STOP_ORDER if name != "carrier"})
    monkeypatch.setattr(stopping, "_await_sealed", lambda _: seals.append(len(manager.calls)))
    stack, out = stack_of(manager, tmp_path)
    stopping.stop_all(stack)
    assert manager.calls == [f"end {name}" for name in STOP_ORDER if name != "carrier"] + ["shutdown"]
    assert manager.calls[seals[0]] == "end worker"
    assert "ok       stop asterisk" in out.getvalue()


def test_a_manager_that_answers_nothing_is_ended_all_the_same(tmp_path: Path) -> None:
    manager = ManagerOfATest()

    def broken() -> None:
        raise OSError("no answer.")

    manager.on_state = broken
    stack, out = stack_of(manager, tmp_path)
    stopping.stop_all(stack)
    assert manager.calls == ["shutdown"]
    assert "Ending everything at once" in out.getvalue()
