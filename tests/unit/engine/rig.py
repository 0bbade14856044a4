"""One dialer on the store in memory and a scripted Asterisk, driven as persons and customers drive it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import uuid_utils

from dialer.core.attempt import Attempt, DialResult, Mode
from dialer.core.compliance import Refusal
from dialer.core.errors import StoreAway
from dialer.core.events import Answered, Ended
from dialer.core.ids import AttemptId, CampaignId, LeadId, SessionId
from dialer.core.reconcile import ChannelSeen, PhoneSeen, Snapshot
from dialer.core.records import AttemptClosed, Record
from dialer.core.recycle import LeadState
from dialer.core.selection import Choice, LeadView
from dialer.engine.engine import Engine, Limits
from dialer.engine.journal import Journal
from dialer.engine.optouts import OptOuts
from dialer.engine.run import Stop, run
from dialer.engine.watch import Watch
from dialer.ports import Campaign, CommandRow, Lead, Lease, Resync
from dialer.store.memory import MemoryStore
from dialer.store.memory_leads import LeadRow
from tests.unit.engine.telephony import ScriptedTelephony

DEADLINE_S = 8.0
CAMPAIGN = CampaignId("campaign")
NODE = "node-1"


def new_id() -> str:
    return str(uuid_utils.uuid7())


def number(n: int) -> str:
    return f"+86138{n:08}"


async def until(condition: Callable[[], Any], what: str = "") -> None:
    """Waits for a condition that other tasks bring about; fails after the deadline."""
    async with asyncio.timeout(DEADLINE_S):
        while not condition():
            await asyncio.sleep(0.005)


@dataclass
class FlakyStore(MemoryStore):
    """The store in memory with a cable that can be pulled: all of it, or only what `losing` names, after the fact."""

    is_away: bool = False
    losing: set[str] = field(default_factory=set)

    def _reach(self) -> None:
        if self.is_away:
            raise StoreAway("the cable is pulled")

    async def claim(self, lease: Lease, campaign_id: CampaignId, choice: Choice, limit: int) -> list[Lead]:
        self._reach()
        return await super().claim(lease, campaign_id, choice, limit)

    async def open_attempt(self, lease: Lease, attempt: Attempt) -> None:
        self._reach()
        if "open_attempt" in self.losing:
            self.is_away = True
            self._reach()
        await super().open_attempt(lease, attempt)
        if "open_attempt's answer" in self.losing:
            self.is_away = True
            self._reach()

    async def put_back(self, lead: Lead, refusal: Refusal, next_at: datetime | None) -> None:
        self._reach()
        await super().put_back(lead, refusal, next_at)

    async def write(self, records: Sequence[Record]) -> None:
        self._reach()
        await super().write(records)

    async def open_attempts(self, node: str) -> list[Attempt]:
        self._reach()
        return await super().open_attempts(node)

    async def campaigns(self) -> list[Campaign]:
        self._reach()
        return await super().campaigns()

    async def renew(self, lease: Lease, ttl_s: float) -> bool:
        self._reach()
        return await super().renew(lease, ttl_s)

    async def beat(self, name: str, health: dict[str, Any]) -> None:
        self._reach()
        await super().beat(name, health)

    async def take(self, node: str) -> list[CommandRow]:
        self._reach()
        return await super().take(node)


@dataclass
class Rig:
    """The parts, and short words for what happens to them."""

    outbox: Path
    store: FlakyStore = field(default_factory=FlakyStore)
    telephony: ScriptedTelephony = field(default_factory=ScriptedTelephony)
    limits: Limits = field(default_factory=lambda: Limits(trunk_cps=1000.0, caller_ids=frozenset({"10010"})))
    ahead: timedelta = timedelta(0)
    lease_s: float = 60.0

    def __post_init__(self) -> None:
        journal = Journal(self.store, self.outbox)
        optouts = OptOuts(self.store, self.outbox.with_name("optout.jsonl"))
        self.engine = Engine(self.telephony, self.store, journal, optouts, self.limits, self.now, new_id)
        self.watch = Watch(self.engine, NODE, self.lease_s)
        self.stop = Stop()
        self.ended: asyncio.Task[None] | None = None
        self.add_campaign()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    # -- what lies in the store -----------------------------------------------------------------------------------

    def add_campaign(self, mode: Mode = Mode.PROGRESSIVE, state: str = "running", issued_only: bool = False) -> None:
        self.store.campaign_rows[CAMPAIGN] = Campaign(
            id=CAMPAIGN,
            mode=mode,
            state=state,
            trunk="practice",
            caller_id="10010",
            zone="Asia/Shanghai",
            opens_at=time.min,
            closes_at=time.max,
            ring_s=30,
            wrap_up_s=60,
            max_attempts=3,
            retry_after_s=600,
            preset="practice",
            issued_only=issued_only,
        )

    def add_lead(self, n: int = 1, consent: str | None = "form", state: LeadState = LeadState.NEW) -> LeadId:
        lead_id = LeadId(f"lead-{n}")
        view = LeadView(lead_id, CAMPAIGN, state, datetime.now(UTC) - timedelta(seconds=60 - n))
        self.store.leads[lead_id] = LeadRow(view, number(n), consent)
        return lead_id

    def lead_state(self, n: int = 1) -> str:
        return self.store.leads[LeadId(f"lead-{n}")].view.state.value

    # -- the process -----------------------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def running(self, is_linked: bool = True) -> AsyncIterator[None]:
        """The whole dialer while the block runs, in step with an Asterisk that has nothing unless told otherwise."""
        if is_linked:
            self.telephony.tell(Resync(self.telephony.seen or Snapshot(self.now())))
        self.ended = asyncio.create_task(run(self.engine, self.watch, "me", lambda _: True, self.stop))
        try:
            if is_linked:
                await until(lambda: self.engine.machine_refusal() is None or not self.telephony.status.ok)
            yield
        finally:
            self.store.is_away = False
            self.stop.leave_calls()
            with contextlib.suppress(Exception):
                await self.ended

    # -- persons ---------------------------------------------------------------------------------------------------

    async def wish(self, kind: str, **payload: Any) -> tuple[str, dict[str, Any]]:
        """Writes a command and waits for its answer."""
        row = CommandRow(new_id(), kind, payload)
        self.store.commands.append((NODE, row))
        self.store.wake()
        await until(lambda: row.id in self.store.answers, kind)
        return self.store.answers[row.id]

    async def agent_at_work(self, name: str = "ann", extension: str = "1001", is_ready: bool = True) -> SessionId:
        """An agent whose phone is up, ready unless said otherwise."""
        status, result = await self.wish("session.start", agent_id=name, extension=extension, campaign_id=CAMPAIGN)
        assert status == "done", result
        session = SessionId(result["session_id"])
        await until(lambda: self.engine.floor.agents[session].phone_up)
        if is_ready:
            assert (await self.wish("session.state", agent_id=name, state="ready"))[0] == "done"
        return session

    # -- customers -------------------------------------------------------------------------------------------------

    async def dialed(self, count: int = 1) -> AttemptId:
        """Waits until so many calls were placed; the last one."""
        await until(lambda: len(self.telephony.ordered("originate")) >= count)
        return AttemptId(self.telephony.ordered("originate")[count - 1])

    async def talk(self) -> AttemptId:
        """An automatic call, answered and joined."""
        call = await self.dialed()
        self.telephony.tell(Answered(call))
        await until(lambda: self.engine.floor.attempts[call].connected_at)
        return call

    def hang_up(self, call: AttemptId) -> None:
        self.telephony.tell(Ended(call, DialResult.NO_ANSWER, 16))

    async def closing(self, call: AttemptId) -> AttemptClosed:
        await until(lambda: call in self.store.closings)
        return self.store.closings[call]

    def see(self, *seen: ChannelSeen | PhoneSeen) -> Snapshot:
        """What Asterisk has from now on."""
        channels = tuple(item for item in seen if isinstance(item, ChannelSeen))
        phones = tuple(item for item in seen if isinstance(item, PhoneSeen))
        self.telephony.seen = Snapshot(self.now(), channels, phones)
        return self.telephony.seen

    async def look_later(self, *seen: ChannelSeen | PhoneSeen) -> None:
        """A look at Asterisk when everything had time to settle; phones are where the floor has them."""
        self.ahead += timedelta(seconds=6)
        phones = [PhoneSeen(a.session_id, a.leg, up=True) for a in self.engine.floor.agents.values() if a.phone_up]
        self.see(*phones, *seen)
        await self.engine.look()
