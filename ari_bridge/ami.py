"""AMI, the eyes: panoramisk in an account that may write nothing, wrapped by the rules of ecosystem.md §1.

One plain callback that only enqueues; own pings with a deadline, because panoramisk never notices a half-open
socket; nothing is ever sent again after a reconnect, because nothing is ever sent but Ping.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from panoramisk import Manager

log = structlog.get_logger()
PING_S = 4.0
ANSWER_S = 4.0
RECONNECT_S = 1
FORGET = ("ping", "login", "originate", "redirect", "bridge", "mixmonitor", "mixmonitormute", "hangup", "command")


class Ami:
    """Keeps a link to AMI and hands every event to `receive`; `is_up` says whether the link answers."""

    def __init__(self, port: int, user: str, secret: str, receive: Callable[[Mapping[str, Any]], None]) -> None:
        self._receive = receive
        self._config = {
            "host": "127.0.0.1",
            "port": port,
            "username": user,
            "secret": secret,
            "forgetable_actions": FORGET,
            "ping_delay": 3600,  # ours, below, has a deadline
            "on_login": self._on_login,
            "log": _silent(),
        }
        self._logged_in = asyncio.Event()
        self.is_up = False

    async def run(self) -> None:
        """Connects, listens, and begins anew whenever the link does not answer, for ever."""
        while True:
            self._logged_in.clear()
            manager = Manager(loop=asyncio.get_running_loop(), **self._config)
            manager.register_event("*", self._on_event)
            manager.connect()
            manager.connect = _stay_away  # a lost link is ours to renew, with a manager that has no memory
            try:
                await self._watch(manager)
            finally:
                self._tell(False)
                _cut(manager)
            await asyncio.sleep(RECONNECT_S)

    async def _watch(self, manager: Manager) -> None:
        """Returns when the link is not up in time, or a ping is not answered in time."""
        await asyncio.sleep(0.5)
        while True:
            try:
                async with asyncio.timeout(ANSWER_S):
                    await self._ping(manager)
            except (TimeoutError, OSError, AttributeError):  # panoramisk has no protocol before it is connected
                return
            self._tell(True)
            await asyncio.sleep(PING_S)

    async def _ping(self, manager: Manager) -> None:
        await self._logged_in.wait()
        await manager.send_action({"Action": "Ping"})

    def _tell(self, is_up: bool) -> None:
        if self.is_up != is_up:
            self.is_up = is_up
            log.info("AMI answers" if is_up else "AMI does not answer", action="ami_up" if is_up else "ami_down")

    def _on_login(self, _manager: Manager) -> None:
        self._logged_in.set()

    def _on_event(self, _manager: Manager, message: Mapping[str, Any]) -> None:
        self._receive(message)


def _silent() -> logging.Logger:
    """panoramisk logs every lost link as an error, ours at a shutdown too; `Ami` says what matters."""
    logger = logging.getLogger("panoramisk")
    logger.setLevel(logging.CRITICAL)
    return logger


def _stay_away(*_: Any) -> None:
    """In place of panoramisk's own reconnect."""


def _cut(manager: Manager) -> None:
    """Ends the link."""
    if manager.pinger is not None:
        manager.pinger.cancel()
    with contextlib.suppress(AttributeError):
        manager.protocol.transport.abort()
