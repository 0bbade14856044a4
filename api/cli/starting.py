"""The start, step by step: each program is begun when what it needs is ready, and waited for."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from api.cli.errors import StepFailed
from api.cli.manager import HOME, needs
from api.cli.probes import (
    ModuleProbe,
    Probe,
    application_url,
    database_answers,
    database_clock,
    http_answers,
    http_url,
    is_beating,
    owner_url,
)
from api.cli.stack import Stack
from dialer.account import as_service_user
from dialer.store.migrate import create_embedded_database, migrate

POLL_S = 0.2
READY_S = 60.0
STEP_S = 900.0  # the first preparation downloads Asterisk
QUICK_ENDS = 3  # a program that ended this often before it was ready will not get ready
FIRST = {"postgres", "asterisk", "carrier"}  # need no database
LAST = {"practice"}  # needs the others, and its data
Step = tuple[str, Callable[[], None]]


def start(stack: Stack) -> None:
    """Starts everything in order. Raises StepFailed, or Interrupted when a stop is asked for meanwhile."""
    stack.manager.start(stack.programs)
    for name, run in _steps(stack):
        stack.stop.check()
        with stack.screen.step(name):
            _carry_out(stack, run)


def _carry_out(stack: Stack, run: Callable[[], None]) -> None:
    try:
        run()
    except Exception:
        stack.stop.check()  # a terminal's Ctrl-C reaches helpers as well: their failure is no news then
        raise


def _steps(stack: Stack) -> Iterator[Step]:
    """What is to be done, in order; where programs do not need each other, the next ones start up meanwhile."""
    names = {program.name for program in stack.programs}
    url = application_url(stack.settings)
    yield "asterisk files", partial(_module, stack, "prepare", "ari_bridge.node", "prepare")
    _begin(stack, names & FIRST)
    if "postgres" in names:
        yield "postgres", partial(_program, stack, "postgres", partial(database_answers, owner_url(stack.settings)))
    yield "database", partial(_migrate, stack)
    since = _now(stack, url)  # older heartbeats are an earlier start's
    _begin(stack, names - FIRST - LAST)
    if stack.practice:
        yield "practice data", partial(_module, stack, "practice-data", "api.practice.seed")
    yield "asterisk", partial(_program, stack, "asterisk", _asterisk("main"))
    if stack.practice:
        yield "carrier", partial(_program, stack, "carrier", _asterisk("carrier"))
    node = stack.settings.node
    yield "dialer", partial(_program, stack, "dialer", partial(is_beating, url, node, since))
    yield "worker", partial(_program, stack, "worker", partial(is_beating, url, f"worker:{node}", since))
    yield "api", partial(_program, stack, "api", partial(http_answers, f"{http_url(stack.settings)}/health"))
    yield "numbers", partial(_program, stack, "numbers", partial(_is_running, stack, "numbers"))
    if stack.practice:
        yield "practice", partial(_program, stack, "practice", partial(_is_running, stack, "practice"))


def _now(stack: Stack, url: str) -> datetime:
    clock = database_clock(url)
    if clock is None:
        raise StepFailed("PostgreSQL stopped answering.", stack.paths.log / "postgres.log")
    return clock


def _asterisk(role: str) -> Probe:
    return ModuleProbe("ari_bridge.node", "ready", role, "--timeout", "30")


def _is_running(stack: Stack, name: str) -> bool:
    return bool(stack.manager.state()[name]["statename"] == "RUNNING")


def _begin(stack: Stack, names: set[str]) -> None:
    """Begins programs that need each other only later; each is waited for in its own step."""
    for name in sorted(names):
        stack.manager.begin(name)


def _program(stack: Stack, name: str, probe: Probe) -> None:
    """Begins a program, unless it is begun already, and waits until the probe says ready. Raises StepFailed."""
    stack.manager.begin(name)
    log = stack.paths.log / f"{name}.log"
    starts: set[int] = set()
    deadline = time.monotonic() + READY_S
    while not (probe() and _is_up(stack, name)):
        stack.stop.check()
        info = stack.manager.state()[name]
        starts.add(info["start"])
        if info["statename"] == "FATAL" or len(starts - {0}) > QUICK_ENDS:
            raise StepFailed(f"{name} ends as soon as it is started. {info['spawnerr']}".strip(), log)
        if time.monotonic() > deadline:
            raise StepFailed(f"{name} runs, but was not ready within {READY_S:.0f} s.", log)
        time.sleep(POLL_S)


def _is_up(stack: Stack, name: str) -> bool:
    return stack.manager.state()[name]["statename"] in {"STARTING", "RUNNING"}


def _migrate(stack: Stack) -> None:
    url = owner_url(stack.settings)
    if not stack.settings.database_url:
        asyncio.run(create_embedded_database(url))
    elif not database_answers(url):
        raise StepFailed(
            "The database of TIANZHOU_DATABASE_URL does not answer.", todo="Check the URL and the server."
        )
    asyncio.run(migrate(url))


def _module(stack: Stack, log_name: str, *arguments: str) -> None:
    """Runs `python -m ...` to its end as the service user, so that what it makes belongs to who uses it."""
    log = stack.paths.log / f"{log_name}.log"
    argv = as_service_user([sys.executable, "-m", *arguments], *needs(stack.paths))
    with log.open("wb") as out:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=stack.manager.step_environment,
            start_new_session=True,
            cwd=HOME,
        )
        code = _await_end(stack, child)
    if code != 0:
        raise StepFailed(f"`python -m {' '.join(arguments)}` ended with {code}.", log)


def _await_end(stack: Stack, child: "subprocess.Popen[bytes]") -> int:
    deadline = time.monotonic() + STEP_S
    try:
        while child.poll() is None and time.monotonic() < deadline:
            stack.stop.check()
            time.sleep(POLL_S / 4)
    finally:
        if child.poll() is None:
            child.terminate()
            child.wait(timeout=15)
    return child.returncode
