"""The start gives up on a program that cannot get ready; the stop goes in stages."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console

from api.cli import starting, stopping
from api.cli.errors import Interrupted, StepFailed
from api.cli.manager import Manager
from api.cli.probes import Beat
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

    def signal(self, name: str, sign: str) -> None:
        self.calls.append(f"{sign} {name}")

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
    ends = [f"end {name}" for name in STOP_ORDER if name != "carrier"]
    assert manager.calls == ["URG dialer", *ends, "shutdown"]
    assert ends.index("end dialer") < ends.index("end api")
    assert manager.calls[seals[0]] == "end worker"
    said = out.getvalue()
    stages = [
        said.index(f"ok       {stage}") for stage in ("no new calls", "end of calls", "last seals", "stop database")
    ]
    assert stages == sorted(stages)


def test_a_stop_waits_for_calls_and_says_so_until_it_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = ManagerOfATest(dialer=RUNNING)
    health = {"calls": {"connected": 2, "ringing": 1}}
    monkeypatch.setattr(stopping, "beat", lambda *_: Beat(datetime.now(UTC), 0.1, health))
    stack, out = stack_of(manager, tmp_path)
    stack.stop.note()
    asked = iter([False, False, True])

    def end(name: str) -> None:
        manager.calls.append(f"end {name}")

    def pause(_stack: Stack) -> bool:
        return next(asked)

    def on_state() -> None:
        if "INT dialer" in manager.calls:
            manager.programs["dialer"] = RUNNING | {"statename": "STOPPED"}

    manager.end, manager.on_state = end, on_state  # type: ignore[method-assign]
    monkeypatch.setattr(stopping, "_pause", pause)
    stopping.stop_all(stack)
    assert manager.calls == ["URG dialer", "end dialer", "INT dialer", "shutdown"]
    assert "calls in the air: 3. Waiting up to 10 s" in out.getvalue()
    assert "Ending the calls now." in out.getvalue()


def test_a_stop_asked_again_leaves_the_last_seals_to_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack, out = stack_of(ManagerOfATest(worker=RUNNING), tmp_path)
    monkeypatch.setattr(stopping, "database_clock", lambda _: datetime.now(UTC))
    monkeypatch.setattr(stopping, "_is_sealed", lambda *_: False)
    stack.stop.note()
    stack.stop.note()
    stopping._await_sealed(stack)
    assert "the next start makes them" in out.getvalue()


def test_a_manager_that_answers_nothing_is_ended_all_the_same(tmp_path: Path) -> None:
    manager = ManagerOfATest()

    def broken() -> None:
        raise OSError("no answer.")

    manager.on_state = broken
    stack, out = stack_of(manager, tmp_path)
    stopping.stop_all(stack)
    assert manager.calls == ["shutdown"]
    assert "Ending everything at once" in out.getvalue()
