"""Wakes the worker when the dialer says that a call ended. A lost message costs a poll, never a recording."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import asyncpg
import structlog

from recordings.rules import delays

CHANNEL = "tianzhou_attempts"
CONNECT_TIMEOUT_S = 5
CHECK_S = 5.0  # a half-open connection shows itself only when it is asked

log = structlog.get_logger(__name__)


async def listen(url: str, wake: Callable[[], None]) -> None:
    """Calls `wake` on each message until cancelled; has a connection of its own and makes it anew when it breaks."""
    waits = delays()
    while True:
        try:
            connection = await asyncpg.connect(url.replace("+asyncpg", "", 1), timeout=CONNECT_TIMEOUT_S)
            waits = delays()
            await _listen_on(connection, wake)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            wait_s = next(waits)
            log.warning(
                "no wake-ups now, polling", action="listen_failed", wait_s=wait_s, detail=type(error).__name__
            )
            await asyncio.sleep(wait_s)


async def _listen_on(connection: Any, wake: Callable[[], None]) -> None:
    gone = asyncio.Event()
    try:
        connection.add_termination_listener(lambda _connection: gone.set())
        await connection.add_listener(CHANNEL, lambda *_message: wake())
        wake()  # what ended while nobody listened
        while True:
            with suppress(TimeoutError):  # not wait_for: on 3.11 it can swallow a cancellation
                async with asyncio.timeout(CHECK_S):
                    await gone.wait()
            await connection.fetchval("select 1", timeout=CONNECT_TIMEOUT_S)
    finally:
        connection.terminate()
