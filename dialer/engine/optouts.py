"""Carries opt-outs over: the abandon message writes them to a file even while we are away; here they become DNC."""

import asyncio
import json
from datetime import datetime
from pathlib import Path

import structlog

from dialer.core.errors import StoreAway
from dialer.core.ids import AttemptId, is_attempt_id
from dialer.core.records import OptedOut
from dialer.ports import CallLog

ROUND_S = 3.0
log = structlog.get_logger()


class OptOuts:
    """Takes the file aside in one round and reads it in the next, when no message has it open any more."""

    def __init__(self, store: CallLog, file: Path) -> None:
        self._store, self._file = store, file
        self._taken = file.with_suffix(".taken")
        self._unread = file.with_suffix(".unread")

    async def run(self) -> None:
        """Carries over for ever."""
        while True:
            try:
                await self.round()
            except (StoreAway, OSError) as fault:
                log.warning("opt-outs wait in their file", action="optouts_wait", why=str(fault))
            await asyncio.sleep(ROUND_S)

    async def round(self) -> None:
        """One step: aside, or into the database and away. Again is harmless. Raises StoreAway, OSError."""
        if self._taken.exists():
            lines = self._taken.read_bytes().splitlines()
            found = [parse(line) for line in lines]
            await self._store.write([record for record in found if record is not None])
            self._keep_unread([line for line, record in zip(lines, found, strict=True) if record is None])
            self._taken.unlink()
            log.info("opt-outs are on the do-not-call list", action="optouts", count=len(lines))
        elif self._file.exists():
            self._file.rename(self._taken)

    def _keep_unread(self, lines: list[bytes]) -> None:
        if lines:
            log.error("opt-outs that cannot be read: look into the file", action="optouts_unread", count=len(lines))
            with self._unread.open("ab") as out:
                out.write(b"\n".join(lines) + b"\n")


def parse(line: bytes) -> OptedOut | None:
    """One line of the file, or None when it is not one."""
    try:
        value = json.loads(line)
        call, at = str(value["call"]), datetime.fromisoformat(value["at"])
    except (ValueError, KeyError, TypeError):
        return None
    return OptedOut(AttemptId(call), at) if is_attempt_id(call) else None
