"""The engine: owns the floor, applies what happens to it, carries out what it wants.

Everything that changes the floor goes through `apply` or `perform` on the event loop's thread and never waits in
between, so the floor needs no lock. What waits (Asterisk, PostgreSQL) runs beside it and reports back as an event.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from dialer.core import commands as do
from dialer.core import events as ev
from dialer.core import recorder, recovery
from dialer.core.attempt import DialResult, EndReason
from dialer.core.calendar import NO_REGIONS, Regions
from dialer.core.compliance import Caps, MachineFacts, Refusal, machine_gate
from dialer.core.errors import StoreAway
from dialer.core.floor import Floor
from dialer.core.ids import AttemptId, CampaignId
from dialer.core.incidents import STOPPING, Incident, IncidentKind
from dialer.core.pacing import Pacing
from dialer.core.pauses import Pause
from dialer.core.predictive.observing import Observed
from dialer.core.reconcile import ChannelSeen, Differences, Snapshot, compare
from dialer.engine.journal import Journal
from dialer.engine.optouts import OptOuts
from dialer.ports import (
    Campaign,
    EmergencyStop,
    Lease,
    LinkLost,
    NotPlacedError,
    RecorderStatus,
    Resync,
    Store,
    Telephony,
    TelephonyAway,
)

log = structlog.get_logger()
WATCHED = STOPPING | {IncidentKind.WORKER_AWAY}


@dataclass(frozen=True)
class Limits(Caps):
    """The centre's limits; spans in seconds."""

    window_s: float = 2.0
    trunk_cps: float = 5.0
    trunk_channels: int = 60
    reserve_mb: int = 1024
    drain_s: float = 10.0
    self_test_every_s: float = 0.0
    callback_remind_s: float = 300.0
    callback_away_s: float = 900.0


@dataclass
class Engine:
    """One node's engine. `now` and `new_id` come from outside, so that tests own time and ids."""

    telephony: Telephony
    store: Store
    journal: Journal
    optouts: OptOuts
    limits: Limits
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    floor: Floor = field(default_factory=Floor)
    lease: Lease | None = None
    campaigns: dict[CampaignId, Campaign] = field(default_factory=dict)  # all that are not stopped
    regions: Regions = field(default_factory=lambda: NO_REGIONS)
    emergency: EmergencyStop | None = None
    incidents: list[Incident] = field(
        default_factory=list
    )  # open ones that stop dialing, or are the watch's to close
    observed: Observed = field(default_factory=Observed)  # what pacing learns from
    paused: dict[AttemptId, Pause] = field(default_factory=dict)  # recordings that are muted now
    decisions: dict[CampaignId, Pacing | Refusal] = field(default_factory=dict)
    recorder: RecorderStatus = field(default_factory=lambda: RecorderStatus(False, "not looked at yet", 0))
    trunks: dict[str, str] = field(default_factory=dict)
    link_why: str | None = "not connected to Asterisk yet"
    store_why: str | None = None
    stopping: bool = False
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    closed: asyncio.Event = field(default_factory=asyncio.Event)  # set whenever an attempt ended
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    # -- what happens ---------------------------------------------------------------------------------------------

    async def listen(self) -> None:
        """Applies what Asterisk tells, for ever."""
        async for item in self.telephony.events():
            if isinstance(item, Resync):
                await self._resync(item.snapshot)
            elif isinstance(item, LinkLost):
                self.link_why = item.why
                log.warning("the link to Asterisk is lost", action="link_lost", why=item.why)
            else:
                self.apply(item)

    def apply(self, event: ev.Event) -> None:
        """One event: the floor changes, its commands go out."""
        if isinstance(event, ev.Opened):
            self.observed.open([event.attempt])
        self.perform(self.floor.receive(event, self.now()))
        if isinstance(event, ev.Ended | ev.NotPlaced):
            self.closed.set()

    def perform(self, commands: Iterable[do.Command]) -> None:
        """Sends commands out without waiting for any."""
        for command in commands:
            if isinstance(command, do.Write):
                self.journal.put(command.record)
                self.observed.note(command.record)
            else:
                self.spawn(self._carry_out(command))
            self.wake.set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs work beside the loop; a fault in it is logged, never lost."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._reap)

    def _reap(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a task failed", action="task_failed", exc_info=task.exception())

    # -- what is wanted -------------------------------------------------------------------------------------------

    async def _carry_out(self, command: do.Command) -> None:
        try:
            await self._order(command)
        except NotPlacedError as refused:
            log.warning("Asterisk refused", action="refused", command=type(command).__name__, why=str(refused))
            self._failed(command)
        except TelephonyAway as away:  # whether it was done is unknown: the next snapshot tells
            log.warning("no answer from Asterisk", action="no_answer", command=type(command).__name__, why=str(away))
            if isinstance(command, do.CallPhone):
                self._failed(command)

    async def _order(self, command: do.Command) -> None:
        match command:
            case do.Originate(attempt):
                await self.telephony.originate(attempt)
            case do.DialManual(attempt, session_id):
                await self.telephony.dial_manual(attempt, session_id)
            case do.Join(attempt_id, session_id):
                await self.telephony.join(attempt_id, session_id)
                self.apply(ev.Joined(attempt_id, session_id))
            case do.Announce(attempt_id):
                await self.telephony.announce(attempt_id)
            case do.HangUp(attempt_id):
                await self.telephony.hang_up(attempt_id)
            case do.CallPhone(session_id, extension, leg):
                await self.telephony.call_phone(session_id, extension, leg)
            case do.DropPhone(session_id, leg):
                await self.telephony.drop_phone(session_id, leg)

    def _failed(self, command: do.Command) -> None:
        match command:
            case do.Originate(attempt) | do.DialManual(attempt, _):
                self.apply(ev.NotPlaced(attempt.id))
            case do.Join(attempt_id, session_id):
                self.apply(ev.JoinFailed(attempt_id, session_id))
            case do.CallPhone(session_id, _, leg):
                self.apply(ev.PhoneLost(session_id, leg))

    # -- state from what is, not from what was told ---------------------------------------------------------------

    async def recover(self, node: str) -> None:
        """The floor as the database remembers it. Raises StoreAway."""
        attempts, sessions = await self.store.open_attempts(node), await self.store.open_sessions(node)
        self.floor = recovery.restore(attempts, sessions, timedelta(seconds=self.limits.window_s))
        self.observed.open(self.floor.attempts.values())
        log.info("recovered", action="recovered", attempts=len(attempts), sessions=len(sessions))

    async def _resync(self, snapshot: Snapshot) -> None:
        await self.reconcile(snapshot, missed_events=True)
        self.link_why = None
        self.enforce()
        self.spawn(self._provision())
        log.info("in step with Asterisk", action="resync", channels=len(snapshot.channels))
        self.wake.set()

    async def _provision(self) -> None:
        """Phones are pushed anew whenever Asterisk was away: it may have been another one."""
        try:
            await self.telephony.provision(await self.store.phone_secrets())
        except (StoreAway, TelephonyAway) as away:
            log.warning("phones not pushed", action="provision_failed", why=str(away))

    async def look(self) -> None:
        """Compares the floor with Asterisk now. Raises TelephonyAway."""
        if self.link_why is None:
            await self.reconcile(await self.telephony.snapshot())

    async def reconcile(self, snapshot: Snapshot, missed_events: bool = False) -> None:
        """Makes the floor agree with what Asterisk has."""
        for attempt_id in compare(self.floor, snapshot, missed_events).gone:  # what is gone cannot be told or lost
            await self._close_gone(attempt_id)
        found: Differences = compare(self.floor, snapshot, missed_events)  # anew: the floor went on meanwhile
        for event in found.events:
            log.info("reconciled", action="reconciled", difference=repr(event))
            self.apply(event)
        for channel in found.stray_channels:
            self.spawn(self._end_stray(channel))
        for phone in found.stray_phones:
            self.spawn(self._carry_out(do.DropPhone(phone.session_id, phone.leg)))

    async def _close_gone(self, attempt_id: AttemptId) -> None:
        attempt = self.floor.attempts.get(attempt_id)
        if attempt is None:
            return
        fate = await self.telephony.fate(attempt)
        log.info("a call is gone", action="call_gone", call=attempt_id, has_record=bool(fate))
        for event in fate or (ev.Ended(attempt.id, DialResult.UNKNOWN, reason=EndReason.NODE_LOST),):
            self.apply(event)

    async def _end_stray(self, channel: ChannelSeen) -> None:
        """A channel we have closed already: whoever is on it is told, then it ends."""
        log.warning("a stray channel", action="stray", call=channel.attempt_id, up=channel.up)
        if channel.up and not channel.announcing:
            await self._carry_out(do.Announce(AttemptId(channel.attempt_id)))
        elif not channel.up:
            await self._carry_out(do.HangUp(AttemptId(channel.attempt_id)))

    # -- what persons ordered for many calls ------------------------------------------------------------------

    async def refresh(self) -> None:
        """Reads campaigns and the emergency stop anew and does what they order. Raises StoreAway."""
        self.emergency = await self.store.emergency_stop()
        self.incidents = await self.store.open_incidents(WATCHED)
        self.regions = await self.store.calendars()
        campaigns = await self.store.campaigns()
        self.campaigns = {campaign.id: campaign for campaign in campaigns}
        self.floor.manners |= {campaign.id: campaign.manners() for campaign in campaigns}
        self.store_why = None
        self.enforce()
        if any(campaign.state == "draining" for campaign in campaigns):
            await self._end_drained()
        self.wake.set()

    def enforce(self) -> None:
        """Ends every call in an emergency that cuts, else those of stopped campaigns; again changes nothing."""
        if self.link_why is not None:
            return  # nobody is there to end them; the resync asks again
        if self.emergency is not None and self.emergency.how == "cut":
            self.perform(self.floor.stop_all(self.now(), EndReason.EMERGENCY_STOP))
        else:
            self.perform(self.floor.cut(self.campaigns, self.now()))

    async def _end_drained(self) -> None:
        for campaign_id in await self.store.end_drained():
            self.campaigns.pop(campaign_id, None)
            log.info("a campaign is drained", action="drained", campaign=campaign_id)

    # -- may we dial ----------------------------------------------------------------------------------------------

    def machine_refusal(self) -> Refusal | None:
        """Why nothing may be dialed now, by the machine; None when it may."""
        return machine_gate(self.machine())

    def machine(self) -> MachineFacts:
        """What is known of the machine now."""
        return MachineFacts(
            asterisk_up=self.link_why is None,
            store_up=self.journal.is_healthy and self.store_why is None and self.lease is not None,
            recorder_up=self.recorder.ok,
            recorder_why=self.recorder.why,
            free_mb=self.recorder.free_mb,
            reserve_mb=self.reserve_mb(),
            emergency_stop=self.emergency is not None,
            at_risk=next((each.detail for each in self.incidents if each.kind in STOPPING), None),
        )

    def reserve_mb(self) -> int:
        """What must stay free on the recordings' disk for the calls in the air."""
        return recorder.reserve_mb(len(self.floor.attempts), self.limits.reserve_mb)
