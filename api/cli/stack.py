"""What starting, watching and stopping one installation share."""

import signal
import time
from dataclasses import dataclass
from types import FrameType

from api.cli.errors import Interrupted
from api.cli.manager import Manager
from api.cli.programs import Program, chosen
from api.cli.screen import Screen
from dialer.machine import Paths
from dialer.settings import Settings

POLL_S = 0.1
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequest:
    """Ctrl-C, SIGTERM or a closed terminal: counted by the handler, acted upon by the loops that ask."""

    def __init__(self) -> None:
        self._count = 0
        self._told = 1

    def listen(self) -> None:
        """Takes over the stop signals of this process."""
        for sign in STOP_SIGNALS:
            signal.signal(sign, self.note)

    def note(self, _sign: int = 0, _frame: FrameType | None = None) -> None:
        """One more request; safe in a signal handler."""
        self._count += 1

    @property
    def requested(self) -> bool:
        """Whether anybody asked us to stop."""
        return self._count > 0

    def check(self) -> None:
        """Raises Interrupted when a stop was asked for."""
        if self.requested:
            raise Interrupted

    def wait(self, seconds: float) -> None:
        """Returns after the time, or soon after the first request."""
        deadline = time.monotonic() + seconds
        while not self.requested and time.monotonic() < deadline:
            time.sleep(POLL_S)

    def asked_again(self) -> bool:
        """Whether another request came since the last question, the first one not counted."""
        again = self._count > self._told
        self._told = max(self._told, self._count)
        return again


@dataclass(frozen=True)
class Stack:
    """One installation while `tianzhou up` has it in hand."""

    settings: Settings
    practice: bool
    screen: Screen
    stop: StopRequest
    manager: Manager

    @property
    def paths(self) -> Paths:
        """Its folders."""
        return Paths(self.settings.root)

    @property
    def programs(self) -> list[Program]:
        """Its programs, in the order of their start."""
        return chosen(self.practice, embedded=not self.settings.database_url, drain_s=self.settings.drain_s)
