"""Makes the recorder's self-test at its hour, and whenever something asks for one, and tells what came of it."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from dialer.core import self_test
from dialer.core.compliance import Refusal, RefusalReason
from dialer.core.errors import StoreAway
from dialer.core.incidents import Incident
from dialer.core.records import IncidentFound, IncidentOver, SelfTested
from dialer.core.self_test import Earlier
from dialer.engine.engine import Engine
from dialer.ports import TelephonyAway

LOOK_S = 1.0
log = structlog.get_logger()


@dataclass
class SelfTest:
    """One node's self-test; one at a time."""

    engine: Engine
    node: str
    every_s: float
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _tried: float | None = None  # by the loop's clock
    _passed: float | None = None
    _failed_in_a_row: int = 0

    async def run(self) -> None:
        """Makes one whenever it is due, for ever."""
        await self._remember()
        while True:
            if self.engine.link_why is None and self_test.is_due(self._tests(), self.every_s, self._is_asked()):
                try:
                    await self.test()
                except TelephonyAway as away:  # the machine gate is closed anyway
                    self._tried = _clock()
                    log.warning("no self-test", action="self_test_away", why=str(away))
            await asyncio.sleep(LOOK_S)

    async def test(self) -> dict[str, Any] | Refusal:
        """One test now; what came of it. Raises TelephonyAway."""
        if self.engine.link_why is not None:
            return Refusal(RefusalReason.ASTERISK_DOWN, "Asterisk is away: there is nothing to test")
        async with self._lock:
            test_id, began_at = self.engine.new_id(), self.engine.now()
            self._tried = _clock()
            heard = await self.engine.telephony.self_test(test_id)
            why = self_test.verdict(heard)
            self.engine.journal.put(SelfTested(test_id, self.node, began_at, self.engine.now(), why))
            self._tell(why, began_at)
        log.info("the recorder was tested", action="self_test", id=test_id, why=why)
        return {"id": test_id, "ok": not why, "why": why}

    def _tell(self, why: str, began_at: datetime) -> None:
        if why:
            self._failed_in_a_row += 1
            self.engine.journal.put(IncidentFound(self_test.failed(why, self.engine.now())))
            return
        self._failed_in_a_row, self._passed = 0, _clock()
        for incident in self.engine.incidents:
            if self._would_end(incident, began_at):
                over = IncidentOver(incident.kind, incident.subject, self.engine.now(), "A later self-test passed")
                self.engine.journal.put(over)

    def _is_asked(self) -> bool:
        """Whether an incident is open that a test that passes would end."""
        return any(self._would_end(incident, self.engine.now()) for incident in self.engine.incidents)

    def _would_end(self, incident: Incident, began_at: datetime) -> bool:
        return self_test.is_ended_by(incident, began_at, incident.call_id not in self.engine.floor.attempts)

    def _tests(self) -> Earlier:
        now = _clock()
        tried_s = None if self._tried is None else now - self._tried
        passed_s = None if self._passed is None else now - self._passed
        return Earlier(self._failed_in_a_row, tried_s, passed_s)

    async def _remember(self) -> None:
        """A restart is no reason for a test: the last one that passed is in the database."""
        try:
            passed_s = await self.engine.store.self_test_passed_s(self.node)
        except StoreAway:
            return
        if passed_s is not None:
            self._passed = _clock() - passed_s


def _clock() -> float:
    return asyncio.get_running_loop().time()
