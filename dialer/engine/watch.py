"""The watch beside the engine: the floor's clock, the lease, the recorder, what was overlooked, the heartbeat."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from dialer.core.errors import LeaseLost, StoreAway
from dialer.engine.engine import Engine
from dialer.ports import TelephonyAway

FLOOR_TICK_S = 0.2
BEAT_S = 1.0
LOOK_S = 3.0
SEARCH_S = 10.0
FORGOTTEN = timedelta(seconds=10)
log = structlog.get_logger()


@dataclass
class Watch:
    """Everything that runs by the clock."""

    engine: Engine
    node: str
    lease_s: float

    async def tick(self) -> None:
        """Lets time act on the floor while Asterisk is there to carry it out; a resync comes before the next tick."""
        while True:
            if self.engine.link_why is None:
                self.engine.perform(self.engine.floor.tick(self.engine.now()))
            await asyncio.sleep(FLOOR_TICK_S)

    async def keep_lease(self) -> None:
        """Renews the lease; ends with LeaseLost when another dialer has it. No answer in time: dialing stops."""
        while True:
            await asyncio.sleep(self.lease_s / 3)
            lease = self.engine.lease
            if lease is None:
                continue
            try:
                if not await self.engine.store.renew(lease, self.lease_s):
                    raise LeaseLost(f"another dialer runs {lease.name}")
            except StoreAway as away:
                self.engine.store_why = str(away)

    async def look(self) -> None:
        """Compares with Asterisk every few seconds."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                await self.engine.look()
            except TelephonyAway as away:
                log.warning("no snapshot", action="look_failed", why=str(away))

    async def search(self) -> None:
        """Finds attempts that are open in the database and unknown to the floor, and lets them be closed."""
        while True:
            await asyncio.sleep(SEARCH_S)
            try:
                found = await self.engine.store.open_attempts(self.node)
            except StoreAway as away:
                self.engine.store_why = str(away)
                continue
            for attempt in found:
                known = attempt.id in self.engine.floor.attempts
                if not known and self.engine.now() - attempt.opened_at > FORGOTTEN and self.engine.journal.is_idle():
                    self.engine.floor.attempts[attempt.id] = attempt

    async def beat(self) -> None:
        """Looks at the recorder and the trunks and writes the heartbeat, for ever."""
        while True:
            try:
                self.engine.recorder = await self.engine.telephony.recorder()
                self.engine.trunks = await self.engine.telephony.trunks()
                await self.engine.store.beat(self.node, self.health())
            except StoreAway as away:
                self.engine.store_why = str(away)
            await asyncio.sleep(BEAT_S)

    def health(self) -> dict[str, Any]:
        """What `/health` shows of this dialer; nothing personal in it."""
        engine = self.engine
        refusal = engine.machine_refusal()
        return {
            "dialing": refusal is None and not engine.stopping,
            "why": [refusal.detail] if refusal else [],
            "asterisk": engine.link_why is None,
            "store": engine.machine().store_up,
            "links": engine.telephony.links(),
            "trunks": engine.trunks,
            "outbox": engine.journal.waiting,
            "recorder": self._recorder(),
            "calls": _count(a.state.value for a in engine.floor.attempts.values()),
            "agents": _count(a.state.value for a in engine.floor.agents.values()),
            "phones_up": sum(a.phone_up for a in engine.floor.agents.values()),
            "campaigns": {key: value.reason.value for key, value in engine.decisions.items()},
        }

    def _recorder(self) -> dict[str, Any]:
        """What is known of the recorder: whether it runs, the room it has, and what is open against it."""
        status = self.engine.recorder
        risks = [{"kind": each.kind.value, "detail": each.detail} for each in self.engine.incidents]
        return {
            "ok": status.ok,
            "why": status.why,
            "free_mb": status.free_mb,
            "reserve_mb": self.engine.reserve_mb(),
            "incidents": risks,
        }


def _count(words: Any) -> dict[str, int]:
    counted: dict[str, int] = {}
    for word in words:
        counted[word] = counted.get(word, 0) + 1
    return counted
