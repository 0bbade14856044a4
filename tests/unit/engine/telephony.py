"""Asterisk by script: a queue of what it tells, a list of what it was ordered, and failures on demand."""

import asyncio
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from dialer.core.attempt import Attempt
from dialer.core.events import Event, Fate, PhoneUp
from dialer.core.ids import AttemptId, SessionId
from dialer.core.reconcile import Snapshot
from dialer.core.recorder import Look
from dialer.core.self_test import TALK_S, Heard, Leg
from dialer.ports import LinkLost, RecorderStatus, Resync


class Order(NamedTuple):
    """What was ordered, and about what."""

    what: str
    about: Any


@dataclass
class ScriptedTelephony:
    """All of `dialer.ports.Telephony`. Phones answer at once; `failing` names orders that raise."""

    queue: asyncio.Queue[Event | Resync | LinkLost] = field(default_factory=asyncio.Queue)
    orders: list[Order] = field(default_factory=list)
    failing: dict[str, Exception] = field(default_factory=dict)
    seen: Snapshot | None = None
    fates: dict[AttemptId, Fate] = field(default_factory=dict)
    status: RecorderStatus = field(default_factory=lambda: RecorderStatus(True, "", 50_000))
    looks: dict[AttemptId, Look] = field(default_factory=dict)
    counts: dict[AttemptId, int] = field(default_factory=dict)
    heard: tuple[int, int] = (900, 900)  # of calls without a look of their own
    hears: Heard = field(default_factory=lambda: Heard(Leg(TALK_S, 0.99), Leg(TALK_S, 0.99), sealed=""))
    phones_answer: bool = True
    secrets: dict[str, str] = field(default_factory=dict)
    customers: dict[str, int] = field(default_factory=dict)

    def tell(self, item: Event | Resync | LinkLost) -> None:
        self.queue.put_nowait(item)

    def ordered(self, what: str) -> list[Any]:
        """What the orders of that name were about, in their order."""
        return [order.about for order in self.orders if order.what == what]

    def _order(self, what: str, about: Any) -> None:
        self.orders.append(Order(what, about))
        if what in self.failing:
            raise self.failing[what]

    async def events(self) -> AsyncIterator[Event | Resync | LinkLost]:
        while True:
            yield await self.queue.get()

    async def originate(self, attempt: Attempt) -> None:
        self._order("originate", attempt.id)

    async def dial_manual(self, attempt: Attempt, session_id: SessionId) -> None:
        self._order("dial_manual", attempt.id)

    async def join(self, attempt_id: AttemptId, session_id: SessionId) -> None:
        self._order("join", (attempt_id, session_id))

    async def announce(self, attempt_id: AttemptId) -> None:
        self._order("announce", attempt_id)

    async def hang_up(self, attempt_id: AttemptId) -> None:
        self._order("hang_up", attempt_id)

    async def call_phone(self, session_id: SessionId, extension: str, leg: int) -> None:
        self._order("call_phone", (session_id, leg))
        if self.phones_answer:
            self.tell(PhoneUp(session_id, leg))

    async def drop_phone(self, session_id: SessionId, leg: int) -> None:
        self._order("drop_phone", (session_id, leg))

    async def snapshot(self) -> Snapshot:
        self._order("snapshot", None)
        assert self.seen is not None
        return self.seen

    async def fate(self, attempt: Attempt) -> Fate:
        return self.fates.get(attempt.id, ())

    def links(self) -> dict[str, bool]:
        return {"ari": True, "ami": True}

    async def recorder(self) -> RecorderStatus:
        return self.status

    async def trunks(self) -> dict[str, str]:
        return {"practice": "online"}

    async def look_at(self, calls: Collection[AttemptId]) -> dict[AttemptId, Look]:
        return {call: self.looks.get(call, Look((44, 44), self.heard)) for call in calls}

    async def packets(self, attempt_id: AttemptId) -> int | None:
        """As many as the test says, and 60 more at each further question: the line goes on."""
        if attempt_id in self.counts:
            self.counts[attempt_id] += 60
        return self.counts.get(attempt_id)

    async def mute(self, attempt_id: AttemptId, on: bool) -> None:
        self._order("mute", (attempt_id, on))

    async def self_test(self, test_id: str) -> Heard:
        self._order("self_test", test_id)
        return self.hears

    async def provision(self, secrets: dict[str, str]) -> None:
        self._order("provision", dict(secrets))
        self.secrets = secrets

    async def set_customers(self, settings: dict[str, int]) -> None:
        self._order("set_customers", settings)
        self.customers = settings
