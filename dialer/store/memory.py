"""The same ports in memory: for tests of the engine, and held to the same behaviour suite as PostgreSQL."""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from dialer.core.agent import Agent
from dialer.core.attempt import Attempt, Mode
from dialer.core.calendar import Calendar, Regions
from dialer.core.compliance import LeadFacts, Refusal
from dialer.core.errors import LeaseLost
from dialer.core.ids import AgentId, AttemptId, CampaignId, LeadId, ListId
from dialer.core.incidents import Incident, IncidentKind
from dialer.core.ledger import GENESIS, Entry, EntryKind, Row, chain
from dialer.core.pauses import Pause
from dialer.core.records import (
    AttemptAnswered,
    AttemptClosed,
    AttemptConnected,
    AttemptDisposed,
    IncidentFound,
    IncidentOver,
    OptedOut,
    PauseBegan,
    PauseEnded,
    Record,
    RecordingFacts,
    SelfTested,
    SessionChanged,
)
from dialer.core.recycle import LeadNext, LeadState, Others, Tried
from dialer.core.selection import CLAIMABLE, OF_NO_LIST, Choice, due_leads
from dialer.ports import Campaign, CommandRow, EmergencyStop, LastCall, Lead, Lease
from dialer.store.memory_callbacks import CallbackBook
from dialer.store.memory_leads import LeadRow, ListRow, same_person
from dialer.store.memory_pacing import MemoryPacing


@dataclass
class MemoryStore(MemoryPacing):
    """All of `dialer.ports.Store` in dictionaries; one task at a time, so every method is a transaction."""

    leads: dict[LeadId, LeadRow] = field(default_factory=dict)
    lists: dict[ListId, ListRow] = field(default_factory=dict)
    nodes: dict[AttemptId, str] = field(default_factory=dict)
    dispositions: dict[AttemptId, str] = field(default_factory=dict)
    sessions: dict[str, SessionChanged] = field(default_factory=dict)
    campaign_rows: dict[CampaignId, Campaign] = field(default_factory=dict)
    regions: dict[str, Calendar] = field(default_factory=dict)
    emergency: EmergencyStop | None = None
    phones: dict[str, str] = field(default_factory=dict)
    dnc: set[str] = field(default_factory=set)
    dnc_of_campaign: set[tuple[str, CampaignId]] = field(default_factory=set)
    dnc_prefixes: set[str] = field(default_factory=set)
    ledger: list[Row] = field(default_factory=list)
    commands: list[tuple[str, CommandRow]] = field(default_factory=list)  # with the node
    taken: set[str] = field(default_factory=set)
    answers: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    beats: dict[str, dict[str, Any]] = field(default_factory=dict)
    beaten: dict[str, datetime] = field(default_factory=dict)
    recording_facts: dict[AttemptId, RecordingFacts] = field(default_factory=dict)
    pauses: dict[tuple[AttemptId, datetime], Pause] = field(default_factory=dict)  # those that are open
    self_tests: dict[str, SelfTested] = field(default_factory=dict)
    incidents: list[Incident] = field(default_factory=list)  # every one, in their order
    closed: dict[tuple[IncidentKind, str, datetime], str] = field(default_factory=dict)  # with the resolution
    callbacks: CallbackBook = field(default_factory=CallbackBook)
    _leases: dict[str, tuple[Lease, datetime]] = field(default_factory=dict)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    # -- leases -------------------------------------------------------------------------------------------------

    async def acquire(self, name: str, holder: str, ttl_s: float, is_dead: Callable[[str], bool]) -> Lease | None:
        """See ports.LeaseStore."""
        kept = self._leases.get(name)
        if kept and kept[1] > _now() and kept[0].holder != holder and not is_dead(kept[0].holder):
            return None
        lease = Lease(name, holder, (kept[0].token if kept else 0) + 1)
        self._leases[name] = (lease, _now() + timedelta(seconds=ttl_s))
        return lease

    async def renew(self, lease: Lease, ttl_s: float) -> bool:
        """See ports.LeaseStore."""
        kept = self._leases.get(lease.name)
        if kept is None or kept[0].token != lease.token:
            return False
        self._leases[lease.name] = (lease, _now() + timedelta(seconds=ttl_s))
        return True

    def _hold(self, lease: Lease) -> None:
        kept = self._leases.get(lease.name)
        if kept is None or kept[0].token != lease.token:
            raise LeaseLost(f"another dialer runs {lease.name}")

    # -- leads --------------------------------------------------------------------------------------------------

    async def claim(self, lease: Lease, campaign_id: CampaignId, choice: Choice, limit: int) -> list[Lead]:
        """See ports.LeadStore."""
        self._hold(lease)
        found = self._promised([campaign_id], None)[:limit]
        mine = [row for row in self.leads.values() if row.view.campaign_id == campaign_id and row.holder == "stock"]
        on = [OF_NO_LIST, *(each.about for each in self.lists.values() if each.is_active)]
        found += due_leads((row.view for row in mine), on, choice, _now(), limit - len(found))
        return [self._claim(lease, lead_id) for lead_id in found]

    async def claim_callback(
        self, lease: Lease, agent_id: AgentId, campaign_ids: Collection[CampaignId]
    ) -> Lead | None:
        """See ports.LeadStore."""
        self._hold(lease)
        found = self._promised(campaign_ids, agent_id)
        return self._claim(lease, found[0]) if found else None

    async def promised_agents(self, campaign_ids: Collection[CampaignId]) -> frozenset[AgentId]:
        """See ports.CallbackLog."""
        promised = [row.promise.agent_id for row in self.callbacks.rows.values()]
        return frozenset(each for each in promised if each and self._promised(campaign_ids, each))

    async def tend_callbacks(self, remind_s: float, away_s: float) -> int:
        """See ports.CallbackLog."""
        return len(self.callbacks.tend(self.sessions.values(), _now(), away_s))

    def _promised(self, campaign_ids: Collection[CampaignId], agent_id: AgentId | None) -> list[LeadId]:
        """Leads whose callback is due, the one promised first first; of no agent: of the team."""
        due: list[tuple[datetime, LeadId]] = []
        for row in self.leads.values():
            promise = self.callbacks.open_of(row.view.id)
            waits = row.view.state is LeadState.CALLBACK and row.view.campaign_id in campaign_ids
            if waits and self._is_on(row) and promise and promise.agent_id == agent_id and row.view.next_at <= _now():
                due.append((promise.at, row.view.id))
        return [lead_id for _, lead_id in sorted(due)]

    async def claim_number(
        self, lease: Lease, campaign_id: CampaignId, number: str, redials: AttemptId | None = None
    ) -> Lead | None:
        """See ports.LeadStore."""
        self._hold(lease)
        for row in self.leads.values():
            is_it = (row.view.campaign_id, row.number) == (campaign_id, number)
            if is_it and row.view.state is not LeadState.CLAIMED:
                lead = self._claim(lease, row.view.id)
                holder, holder_id = row.lent_again(redials)
                return replace(lead, facts=replace(lead.facts, holder=holder, holder_id=holder_id))
        return None

    async def put_back(self, lead: Lead, refusal: Refusal, next_at: datetime | None) -> None:
        """See ports.LeadStore."""
        row = self.leads[lead.id]
        if row.view.state is LeadState.CLAIMED:
            reason = row.reason if next_at is None else refusal.reason.value
            self._unclaim(row, next_at or row.view.next_at, reason)
            if lead.state not in CLAIMABLE:
                row.view = replace(row.view, state=lead.state)

    async def release_claims(self, lease: Lease) -> int:
        """See ports.LeadStore."""
        self._hold(lease)
        busy = {a.lead_id for a in self.attempts.values() if a.id not in self.closings}
        stale = [
            row
            for row in self.leads.values()
            if row.claim
            and (row.claim.name == lease.name and row.claim.token < lease.token)
            and row.view.id not in busy
        ]
        for row in stale:
            self._unclaim(row, row.view.next_at, row.reason)
        return len(stale)

    def _claim(self, lease: Lease, lead_id: LeadId) -> Lead:
        row = self.leads[lead_id]
        state = row.view.state
        row.view = replace(row.view, state=LeadState.CLAIMED)
        row.claim = lease
        facts = LeadFacts(
            number=row.number,
            on_dnc=self._is_on_dnc(row),
            consent_source=row.consent_basis,
            consent_basis=row.consent_basis,
            consent_proof=row.consent_basis,
            attempts=row.attempts,
            dialed_day=self._dialed(row.number, 1),
            dialed_30_days=self._dialed(row.number, 30),
            dialed_life=sum(each.number == row.number for each in self.attempts.values()),
            abandoned_at=self._abandoned_at(row.number),
            zone=row.view.zone,
            list_is_active=self._is_on(row),
            holder=row.holder,
            holder_id=row.holder_id,
            promised_to=self._promised_to(lead_id),
            dialed_at=self._dialed_at(row.number),
            region=row.region,
        )
        return Lead(lead_id, row.view.campaign_id, facts, state)

    def _is_on(self, row: LeadRow) -> bool:
        """Whether its list is dialed; a lead of no list is."""
        return row.view.list_id is None or self.lists[row.view.list_id].is_active

    def _promised_to(self, lead_id: LeadId) -> AgentId | None:
        promise = self.callbacks.open_of(lead_id)
        return promise.agent_id if promise else None

    def _unclaim(self, row: LeadRow, next_at: datetime, reason: str | None) -> None:
        state = LeadState.ATTEMPTED if row.attempts else LeadState.NEW
        if self.callbacks.open_of(row.view.id):
            state = LeadState.CALLBACK
        row.view = replace(row.view, state=state, next_at=next_at)
        row.reason, row.claim = reason, None

    def _dialed(self, number: str, days: int) -> int:
        since = _now() - timedelta(days=days)
        return sum(a.number == number and a.opened_at > since for a in self.attempts.values())

    def _dialed_at(self, number: str) -> tuple[datetime, ...]:
        since = _now() - timedelta(days=30)
        found = [a.opened_at for a in self.attempts.values() if a.number == number and a.opened_at > since]
        return tuple(sorted(found, reverse=True))

    def _is_on_dnc(self, row: LeadRow) -> bool:
        is_there = row.number in self.dnc or (row.number, row.view.campaign_id) in self.dnc_of_campaign
        return is_there or row.number.startswith(tuple(self.dnc_prefixes))

    def _abandoned_at(self, number: str) -> datetime | None:
        ends = [end.at for key, end in self.closings.items() if end.abandoned and self.attempts[key].number == number]
        return max(ends, default=None)

    # -- calls --------------------------------------------------------------------------------------------------

    async def open_attempt(self, lease: Lease, attempt: Attempt) -> None:
        """See ports.CallLog."""
        self._hold(lease)
        self.attempts[attempt.id], self.nodes[attempt.id] = attempt, lease.name
        if attempt.lead_id is not None:
            row = self.leads[attempt.lead_id]
            row.attempts += 1
            row.holder, row.holder_id = row.lent_again(attempt.redials)
        self._append(Entry(EntryKind.INTENT, attempt.id, attempt.opened_at, {"number": attempt.number}))

    async def last_call(self, agent_id: AgentId) -> LastCall | None:
        """See ports.CallLog."""
        his = [each for each in self.attempts.values() if each.agent_id == agent_id]
        last = max(his, key=lambda each: each.id, default=None)
        return LastCall(last.id, last.campaign_id, last.number) if last else None

    async def write(self, records: Sequence[Record]) -> None:
        """See ports.CallLog."""
        for record in records:
            self._apply(record)

    async def open_attempts(self, node: str) -> list[Attempt]:
        """See ports.CallLog."""
        return [a for a in self.attempts.values() if a.id not in self.closings and self.nodes[a.id] == node]

    def _apply(self, record: Record) -> None:
        if isinstance(record, PauseBegan | PauseEnded):
            self._pause(record)
        elif isinstance(record, IncidentFound | IncidentOver | RecordingFacts | SelfTested):
            self._remember(record)
        elif isinstance(record, SessionChanged):
            kept = self.sessions.get(record.session_id)
            if kept is None or kept.ended_at is None:
                self.sessions[record.session_id] = record
        elif record.attempt_id in self.attempts:
            self._apply_to_call(record)

    def _apply_to_call(
        self, record: AttemptAnswered | AttemptConnected | AttemptClosed | AttemptDisposed | OptedOut
    ) -> None:
        if isinstance(record, OptedOut):
            self.dnc.add(self.attempts[record.attempt_id].number)
        elif isinstance(record, AttemptDisposed):
            self._dispose(record)
        elif isinstance(record, AttemptClosed):
            self._close(record)
        elif record.attempt_id not in self.closings:
            self._advance(record)

    def _remember(self, record: IncidentFound | IncidentOver | RecordingFacts | SelfTested) -> None:
        if isinstance(record, RecordingFacts):
            self.recording_facts.setdefault(record.attempt_id, record)
        elif isinstance(record, IncidentFound):
            self._open_incident(record.incident)
        elif isinstance(record, SelfTested):
            if self.self_tests.setdefault(record.test_id, record) is record:
                self._append(Entry(EntryKind.SELF_TEST, None, record.ended_at, {"why": record.why}))
        else:
            for open_one in self._open_ones():
                if (open_one.kind, open_one.subject) == (record.incident_kind, record.subject):
                    self.closed[open_one.kind, open_one.subject, open_one.at] = record.resolution
                    self._append(Entry(EntryKind.INCIDENT_CLOSED, open_one.call_id, record.at, {}))

    def _pause(self, record: PauseBegan | PauseEnded) -> None:
        if isinstance(record, PauseBegan):
            self.pauses[record.attempt_id, record.at] = Pause(record.attempt_id, record.agent_id, record.at)
        elif self.pauses.pop((record.attempt_id, record.began_at), None) is not None:
            self._append(Entry(EntryKind.PAUSE_INTERVAL, record.attempt_id, record.at, {"why": record.why}))

    async def open_pauses(self, node: str) -> list[Pause]:
        """See ports.PauseLog."""
        return [pause for pause in self.pauses.values() if self.nodes[pause.attempt_id] == node]

    def _open_incident(self, found: Incident) -> None:
        same = [each for each in self.incidents if (each.kind, each.subject) == (found.kind, found.subject)]
        if any(each in self._open_ones() or each.at >= found.at for each in same):
            return
        self.incidents.append(found)
        self._append(Entry(EntryKind.INCIDENT_OPENED, found.call_id, found.at, {"kind": found.kind.value}))

    def _open_ones(self) -> list[Incident]:
        return [each for each in self.incidents if (each.kind, each.subject, each.at) not in self.closed]

    async def open_incidents(self, kinds: Collection[IncidentKind]) -> list[Incident]:
        """See ports.IncidentLog."""
        return [each for each in self._open_ones() if each.kind in kinds]

    async def self_test_passed_s(self, node: str) -> float | None:
        """See ports.IncidentLog."""
        ends = [test.ended_at for test in self.self_tests.values() if test.node == node and not test.why]
        return (_now() - max(ends)).total_seconds() if ends else None

    def _advance(self, record: AttemptAnswered | AttemptConnected) -> None:
        attempt = self.attempts[record.attempt_id]
        if isinstance(record, AttemptAnswered):
            changed = replace(attempt, answered_at=attempt.answered_at or record.at)
        else:
            connected_at = attempt.connected_at or record.at
            changed = replace(
                attempt, connected_at=connected_at, session_id=record.session_id, agent_id=record.agent_id
            )
        self.attempts[record.attempt_id] = changed

    def _close(self, record: AttemptClosed) -> None:
        if record.attempt_id in self.closings:
            return
        self.closings[record.attempt_id] = record
        self._append(Entry(EntryKind.OUTCOME, record.attempt_id, record.at, {"result": record.result.value}))
        if record.lead_id is not None and record.attempt_id not in self.dispositions:
            self._move(record.lead_id, record.lead_next, record.attempt_id)
            self._settle_callback(record.attempt_id, record.lead_id, record.lead_next)

    def _settle_callback(self, call_id: AttemptId, lead_id: LeadId, after: LeadNext) -> None:
        row = self.leads[lead_id]
        if after.state in (LeadState.DONE, LeadState.BLOCKED):
            self.callbacks.end(call_id, lead_id)
        elif row.view.state is LeadState.ATTEMPTED and self.callbacks.open_of(lead_id):
            row.view = replace(row.view, state=LeadState.CALLBACK)

    def _dispose(self, record: AttemptDisposed) -> None:
        if record.attempt_id in self.dispositions:
            return
        self.dispositions[record.attempt_id] = record.disposition
        said = {"disposition": record.disposition}
        self._append(Entry(EntryKind.DISPOSED, record.attempt_id, record.at, said))
        attempt = self.attempts[record.attempt_id]
        if attempt.lead_id is not None and record.lead_next is not None:
            self._move(attempt.lead_id, record.lead_next, record.attempt_id)
            if record.promise is not None:
                self.callbacks.promise(record.attempt_id, attempt.lead_id, record.promise)
            else:
                self._settle_callback(record.attempt_id, attempt.lead_id, record.lead_next)
        if record.on_dnc:
            self.dnc.add(attempt.number)

    def _move(self, lead_id: LeadId, after: LeadNext, call_id: AttemptId) -> None:
        row = self.leads[lead_id]
        row.pass_on(after.state, call_id)
        row.view = replace(row.view, state=after.state, next_at=after.next_at)
        row.reason, row.claim = after.reason, None
        self._settle_others(row, after)

    def _settle_others(self, row: LeadRow, after: LeadNext) -> None:
        others = [other for other in self.leads.values() if same_person(row, other)]
        if after.others is Others.CLOSE:
            for other in others:
                if other.view.state in (*CLAIMABLE, LeadState.WAITING):
                    other.view, other.reason = replace(other.view, state=LeadState.DONE), after.reason
        spare = [other for other in others if other.view.state is LeadState.WAITING]
        if after.others is Others.NEXT and spare:
            first = min(spare, key=lambda other: (other.attempts, other.view.id))
            self._unclaim(first, max(first.view.next_at, after.next_at), after.reason)
            if row.view.state is LeadState.ATTEMPTED:
                row.view = replace(row.view, state=LeadState.WAITING)

    def _append(self, entry: Entry) -> None:
        seq, prev = (self.ledger[-1].seq, self.ledger[-1].hash) if self.ledger else (0, GENESIS)
        self.ledger.extend(chain(seq, prev, [entry], _now()))

    # -- roster, commands, signs of life ------------------------------------------------------------------------

    async def campaigns(self) -> list[Campaign]:
        """See ports.Roster."""
        return [row for row in self.campaign_rows.values() if row.state != "stopped"]

    async def calendars(self) -> Regions:
        """See ports.Roster."""
        return dict(self.regions)

    async def emergency_stop(self) -> EmergencyStop | None:
        """See ports.Roster."""
        return self.emergency

    async def end_drained(self) -> list[CampaignId]:
        """See ports.Roster."""
        busy = {attempt.campaign_id for attempt in self.attempts.values() if attempt.id not in self.closings}
        ended = [row for row in self.campaign_rows.values() if row.state == "draining" and row.id not in busy]
        for row in ended:
            self.campaign_rows[row.id] = replace(row, state="stopped")
        return [row.id for row in ended]

    async def open_sessions(self, node: str) -> list[Agent]:
        """See ports.Roster."""
        return [self._agent(row) for row in self.sessions.values() if row.node == node and row.ended_at is None]

    def _agent(self, row: SessionChanged) -> Agent:
        call = self.attempts.get(row.attempt_id) if row.attempt_id else None
        campaign = self.campaign_rows[call.campaign_id if call else row.campaign_id]
        manners, lead = campaign.manners(), self.leads.get(call.lead_id or LeadId("")) if call else None
        most = 0 if call and call.mode is Mode.MANUAL else campaign.max_attempts
        return Agent(
            session_id=row.session_id,
            agent_id=row.agent_id,
            node=row.node,
            extension=row.extension,
            campaign_ids=row.campaign_ids or (row.campaign_id,),
            started_at=row.started_at,
            wrap_up_s=manners.wrap_up_s,
            disposition_required=manners.disposition_required,
            state=row.state,
            state_at=row.state_at,
            reason=row.reason,
            attempt_id=row.attempt_id,
            call_campaign_id=campaign.id,
            tried=Tried(lead.attempts if lead else 1, most, campaign.retry_after_s),
        )

    async def phone_secrets(self) -> dict[str, str]:
        """See ports.Roster."""
        return dict(self.phones)

    async def take(self, node: str) -> list[CommandRow]:
        """See ports.CommandQueue."""
        taken = [row for for_node, row in self.commands if for_node == node]
        self.commands = [(for_node, row) for for_node, row in self.commands if for_node != node]
        self.taken.update(row.id for row in taken)
        return taken

    async def answer(self, command_id: str, status: str, result: dict[str, Any]) -> None:
        """See ports.CommandQueue."""
        if command_id in self.taken:
            self.taken.remove(command_id)
            self.answers[command_id] = (status, result)

    async def beat(self, name: str, health: dict[str, Any]) -> None:
        """See ports.Beats."""
        self.beats[name], self.beaten[name] = health, _now()

    async def silent_s(self, name: str) -> float | None:
        """See ports.Beats."""
        at = self.beaten.get(name)
        return None if at is None else (_now() - at).total_seconds()

    async def wait(self, timeout_s: float) -> bool:
        """See ports.Beats."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._woken.wait()
        self._woken.clear()
        return True

    def wake(self) -> None:
        """What NOTIFY does in PostgreSQL."""
        self._woken.set()


def _now() -> datetime:
    return datetime.now(UTC)
