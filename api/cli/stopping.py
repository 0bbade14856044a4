"""The stop, in stages: no new calls, the end of those there are, their recordings sealed, the database last."""

import time
from datetime import datetime

from api.cli.errors import UpError
from api.cli.leftovers import stop_leftovers
from api.cli.probes import application_url, beat, database_clock
from api.cli.programs import STOP_ORDER, Program
from api.cli.stack import Stack

POLL_S = 0.1
SEAL_S = 15.0
GRACE_S = 5.0  # beyond a program's own time, for supervisord to kill it and see it gone
STAGES = {"dialer": "end of calls", "postgres": "stop database"}
GONE = frozenset({"STOPPED", "EXITED", "FATAL", "UNKNOWN"})


def stop_all(stack: Stack) -> None:
    """Ends every program in order, then supervisord; afterwards nothing of this data folder runs."""
    try:
        if stack.manager.is_alive():
            _stop_programs(stack)
    except Exception as error:
        stack.screen.say(f"{error or type(error).__name__} Ending everything at once.")
    finally:
        stack.manager.shutdown()
        stop_leftovers(stack.paths, stack.screen.say)


def _stop_programs(stack: Stack) -> None:
    running = {name for name, info in stack.manager.state().items() if info["statename"] not in GONE}
    if "dialer" in running:
        with stack.screen.step("no new calls"):
            stack.manager.signal("dialer", "URG")
    for program in sorted(stack.programs, key=lambda program: STOP_ORDER.index(program.name)):
        if program.name not in running:
            continue
        if program.name == "dialer":
            _tell_of_calls(stack)
        if program.name == "worker":
            with stack.screen.step("last seals"):
                _await_sealed(stack)
        with stack.screen.step(STAGES.get(program.name, f"stop {program.name}")):
            _stop(stack, program)


def _tell_of_calls(stack: Stack) -> None:
    """Says for how many calls, and how long, the stop waits."""
    last = beat(application_url(stack.settings), stack.settings.node)
    calls = sum(last.health.get("calls", {}).values()) if last is not None else 0
    if calls:
        wait = f"up to {stack.settings.drain_s:.0f} s for them to end; Ctrl-C again ends them now"
        stack.screen.say(f"  calls in the air: {calls}. Waiting {wait}.")


def _stop(stack: Stack, program: Program) -> None:
    stack.manager.end(program.name)
    deadline = time.monotonic() + program.stop_wait_s + GRACE_S
    while stack.manager.state()[program.name]["statename"] not in GONE:
        if time.monotonic() > deadline:
            raise UpError(f"{program.name} does not end.")
        if not _pause(stack):
            continue
        if program.name == "dialer":
            stack.screen.say("Ending the calls now.")
            stack.manager.signal("dialer", "INT")
        else:
            stack.screen.say("Already stopping, a few seconds more.")


def _await_sealed(stack: Stack) -> None:
    """Gives the worker time to seal what Asterisk closed when it ended."""
    url = application_url(stack.settings)
    since = database_clock(url)
    deadline = time.monotonic() + SEAL_S
    while since is not None and time.monotonic() < deadline and not _is_sealed(stack, url, since):
        if _pause(stack):
            stack.screen.say("Not waiting for the last seals: the next start makes them.")
            return


def _is_sealed(stack: Stack, url: str, since: datetime) -> bool:
    """Whether a heartbeat after `since` reports an empty backlog; a worker that is away seals nothing more."""
    if stack.manager.state()["worker"]["statename"] != "RUNNING":
        return True
    last = beat(url, f"worker:{stack.settings.node}")
    return last is not None and last.at > since and not last.health.get("backlog")


def _pause(stack: Stack) -> bool:
    """Waits a moment; whether somebody asked again to stop."""
    time.sleep(POLL_S)
    return stack.stop.asked_again()
