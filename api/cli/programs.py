"""The programs of one installation as data: what runs, how it is ended, in which order it starts and stops."""

import math
import sys
from dataclasses import dataclass, replace

STOP_WAIT_S = 15
PRACTICE_ONLY = frozenset({"carrier", "practice"})


@dataclass(frozen=True)
class Program:
    """One program under the process manager; `module` and `arguments` are run by this Python."""

    name: str
    module: str
    arguments: tuple[str, ...] = ()
    stop_signal: str = "TERM"
    stop_wait_s: int = STOP_WAIT_S

    def argv(self) -> list[str]:
        """The command; it gets the stop signal too when its parent dies in whatever way."""
        death = ["setpriv", "--pdeathsig", self.stop_signal]
        return [*death, sys.executable, "-m", self.module, *self.arguments]


PROGRAMS = (
    Program("postgres", "dialer.store.embedded", stop_signal="INT", stop_wait_s=30),
    Program("asterisk", "ari_bridge.node", ("exec", "main")),
    Program("carrier", "ari_bridge.node", ("exec", "carrier")),
    Program("dialer", "ari_bridge.main", stop_signal="INT", stop_wait_s=20),  # SIGTERM would leave calls alive
    Program("worker", "recordings.main"),
    Program("api", "api.main"),
    Program("numbers", "api.numbers.main"),
    Program("backup", "api.cli.backup.nightly"),
    Program("practice", "api.practice.floor"),
)
# The api outlives the dialer, so that agents can end their calls while it waits for them; the worker outlives
# Asterisk, so that recordings closed by the stop are sealed too.
STOP_ORDER = ("backup", "numbers", "practice", "dialer", "api", "asterisk", "carrier", "worker", "postgres")


def chosen(practice: bool, embedded: bool, drain_s: float = 0.0) -> list[Program]:
    """The programs to run, in the order of their start; the dialer has `drain_s` more to end its calls."""
    left_out = (frozenset() if practice else PRACTICE_ONLY) | (frozenset() if embedded else {"postgres"})
    programs = [program for program in PROGRAMS if program.name not in left_out]
    return [_patient(program, drain_s) if program.name == "dialer" else program for program in programs]


def _patient(program: Program, drain_s: float) -> Program:
    return replace(program, stop_wait_s=program.stop_wait_s + math.ceil(drain_s))
