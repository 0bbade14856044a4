"""What the engine needs from outside, in small protocols grouped by use.

Every method ends in time or raises. `StoreAway` means the database could not be reached; telephony raises
`NotPlacedError` only when it is certain that nobody was dialed, and says nothing more about any other failure:
outcomes come from events and snapshots, never from a command's answer.
"""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Protocol

from dialer.core.agent import Agent
from dialer.core.attempt import Attempt, Mode
from dialer.core.calendar import Regions
from dialer.core.compliance import Caps, LeadFacts, Refusal, Rules
from dialer.core.disposition import DEFAULT, Dispositions
from dialer.core.errors import DialerError
from dialer.core.events import Event, Fate
from dialer.core.ids import AgentId, AttemptId, CampaignId, LeadId, SessionId
from dialer.core.incidents import Incident, IncidentKind
from dialer.core.manners import Manners
from dialer.core.pacing import USUAL, PacingSettings
from dialer.core.pauses import Pause
from dialer.core.presets import preset_of
from dialer.core.reconcile import Snapshot
from dialer.core.recorder import Look
from dialer.core.records import Record
from dialer.core.recycle import LeadState
from dialer.core.selection import FRESH_PCT, Choice
from dialer.core.self_test import Heard


class NotPlacedError(DialerError):
    """Asterisk refused the call outright: nobody was dialed."""


class TelephonyAway(DialerError):
    """Asterisk cannot be reached, or did not answer in time; whether it acted is unknown."""


@dataclass(frozen=True)
class Lease:
    """The right to run a node. `token` grows with each holder and fences off a paused one."""

    name: str
    holder: str
    token: int


@dataclass(frozen=True)
class Campaign:
    """A campaign as the engine needs it; times are local to `zone`, spans in seconds."""

    id: CampaignId
    mode: Mode
    state: str
    trunk: str
    caller_id: str
    zone: str
    opens_at: time
    closes_at: time
    ring_s: int
    wrap_up_s: int
    max_attempts: int
    retry_after_s: int
    priority: int = 50
    closing_margin_s: int = 0
    disposition_required: bool = True
    dispositions: Dispositions = DEFAULT
    preset: str = "CN"
    issued_only: bool = False
    fresh_pct: int = FRESH_PCT
    pacing: PacingSettings = USUAL

    def manners(self) -> Manners:
        """What the floor asks of it."""
        window_s = self.pacing.window_s
        return Manners(self.priority, self.wrap_up_s, self.disposition_required, self.dispositions, window_s)

    def rules(self, caps: Caps, regions: Regions) -> Rules:
        """What the gates ask of it, with the centre's caps and calendars."""
        return Rules(
            zone=self.zone,
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            max_attempts=self.max_attempts,
            caller_id=self.caller_id,
            allowed_caller_ids=caps.caller_ids,
            per_day=caps.per_day,
            per_30_days=caps.per_30_days,
            per_life=caps.per_life,
            closing_margin_s=self.closing_margin_s,
            preset=preset_of(self.preset, self.trunk),
            regions=regions,
        )


@dataclass(frozen=True)
class EmergencyStop:
    """A person stopped everything; `how` is `cut` (every call ends) or `drain` (calls go on to their end)."""

    how: str


@dataclass(frozen=True)
class Lead:
    """A claimed lead with what the gates ask about it; `state` is the one it was claimed from."""

    id: LeadId
    campaign_id: CampaignId
    facts: LeadFacts
    state: LeadState


@dataclass(frozen=True)
class LastCall:
    """The call that an agent had last."""

    id: AttemptId
    campaign_id: CampaignId
    number: str


@dataclass(frozen=True)
class CommandRow:
    """A person's wish, written by the api."""

    id: str
    kind: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class RecorderStatus:
    """Whether a call would be recorded now; `why` is a sentence when not."""

    ok: bool
    why: str
    free_mb: int


class LeaseStore(Protocol):
    """Who runs this node."""

    async def acquire(self, name: str, holder: str, ttl_s: float, is_dead: Callable[[str], bool]) -> Lease | None:
        """The lease when it is free, expired, or its holder is known dead; else None."""

    async def renew(self, lease: Lease, ttl_s: float) -> bool:
        """False when another token has taken over."""


class LeadStore(Protocol):
    """Leads, claimed under a lease."""

    async def claim(self, lease: Lease, campaign_id: CampaignId, choice: Choice, limit: int) -> list[Lead]:
        """Claims due leads that nobody else holds, the team's callbacks first, then as `selection.due_leads`.

        Raises LeaseLost.
        """

    async def claim_callback(
        self, lease: Lease, agent_id: AgentId, campaign_ids: Collection[CampaignId]
    ) -> Lead | None:
        """Claims the lead of the agent's own callback that is due longest in these campaigns. Raises LeaseLost."""

    async def claim_number(
        self, lease: Lease, campaign_id: CampaignId, number: str, redials: AttemptId | None = None
    ) -> Lead | None:
        """Claims the lead of that number whatever is due, unless it is claimed already or not there.

        `redials`: its holder is told as it is while that call is dialed again.
        """

    async def put_back(self, lead: Lead, refusal: Refusal, next_at: datetime | None) -> None:
        """Returns a claimed lead that a gate refused, with the reason; one that was done or blocked stays so.

        `next_at` None: it goes back as it was, and the reason is not kept.
        """

    async def release_claims(self, lease: Lease) -> int:
        """Returns leads that an earlier holder claimed and never opened an attempt for; how many."""


class CallbackLog(Protocol):
    """Calls that were promised; made and kept by records."""

    async def promised_agents(self, campaign_ids: Collection[CampaignId]) -> frozenset[AgentId]:
        """Agents with a callback of their own due now in these campaigns."""

    async def tend_callbacks(self, remind_s: float, away_s: float) -> int:
        """Reminds agents of their own so long before, gives the team what an absent agent left; how many of these."""


class CallLog(Protocol):
    """Attempts and everything remembered about them."""

    async def open_attempt(self, lease: Lease, attempt: Attempt) -> None:
        """Commits the attempt and its ledger intent together, before anything is dialed. Raises LeaseLost.

        The number of a redial goes back to him from whom the call before took it.
        """

    async def last_call(self, agent_id: AgentId) -> LastCall | None:
        """The newest call that the agent had, by hand or joined to him."""

    async def write(self, records: Sequence[Record]) -> None:
        """Remembers the facts in order; again is harmless."""

    async def open_attempts(self, node: str) -> list[Attempt]:
        """The node's attempts that have no end yet."""


class PauseLog(Protocol):
    """Recordings that are paused; begun and ended by records."""

    async def open_pauses(self, node: str) -> list[Pause]:
        """Those of the node's calls that have no end yet."""


class Roster(Protocol):
    """Campaigns, sessions, phones."""

    async def campaigns(self) -> list[Campaign]:
        """Every campaign that is not stopped, each with its dispositions."""

    async def calendars(self) -> Regions:
        """When the centre calls in each region."""

    async def emergency_stop(self) -> EmergencyStop | None:
        """The emergency stop that holds now, if one does."""

    async def end_drained(self) -> list[CampaignId]:
        """Stops each draining campaign that has no open attempt on any node; which ones."""

    async def open_sessions(self, node: str) -> list[Agent]:
        """The node's sessions that have no end yet."""

    async def phone_secrets(self) -> dict[str, str]:
        """SIP password by extension."""


@dataclass(frozen=True)
class Counted:
    """People who answered automatic calls, and those of them abandoned; only calls whose fate is known."""

    answered: int
    abandoned: int


@dataclass(frozen=True)
class PacingMoment:
    """How a campaign was paced at one moment: plain figures by name, nothing personal."""

    campaign_id: CampaignId
    at: datetime
    body: dict[str, object]


class PacingLog(Protocol):
    """What pacing asks of the past, and what it tells."""

    async def counted(self, since: Mapping[CampaignId, datetime]) -> dict[CampaignId, Counted]:
        """Of each campaign since its moment, on all nodes."""

    async def note_pacing(self, node: str, now: Sequence[PacingMoment], kept: Sequence[PacingMoment]) -> None:
        """`now` is how it stands on this node; `kept` stays, for plots."""


class CommandQueue(Protocol):
    """Wishes of persons, by row."""

    async def take(self, node: str) -> list[CommandRow]:
        """Queued commands of the node, oldest first, now taken."""

    async def answer(self, command_id: str, status: str, result: dict[str, Any]) -> None:
        """Ends a taken command: `done`, `refused` or `failed`."""


class Beats(Protocol):
    """Signs of life."""

    async def beat(self, name: str, health: dict[str, Any]) -> None:
        """Writes the heartbeat row."""

    async def silent_s(self, name: str) -> float | None:
        """Seconds since that heartbeat row was written; None = never."""

    async def wait(self, timeout_s: float) -> bool:
        """Returns when there may be a command, or after the time; whether campaigns may have changed meanwhile."""


class IncidentLog(Protocol):
    """What is wrong with the promise that every call is recorded; opened and closed by records."""

    async def open_incidents(self, kinds: Collection[IncidentKind]) -> list[Incident]:
        """Those of these kinds that are open, oldest first; at most 100."""

    async def self_test_passed_s(self, node: str) -> float | None:
        """Seconds since the node's last self-test that passed; None = there is none."""


class Store(
    LeaseStore,
    LeadStore,
    CallbackLog,
    CallLog,
    Roster,
    CommandQueue,
    Beats,
    IncidentLog,
    PauseLog,
    PacingLog,
    Protocol,
):
    """All of it, as one object over one database."""


@dataclass(frozen=True)
class Resync:
    """The link to Asterisk is up (again): what it has now. Events before it may have been missed."""

    snapshot: Snapshot


@dataclass(frozen=True)
class LinkLost:
    """The link to Asterisk is down; `why` is a sentence."""

    why: str


class Telephony(Protocol):
    """Asterisk, as the engine sees it."""

    def events(self) -> AsyncIterator[Event | Resync | LinkLost]:
        """What happens, for ever; reconnects by itself."""

    async def originate(self, attempt: Attempt) -> None:
        """Places an automatic call under the attempt's id. Raises NotPlacedError, TelephonyAway."""

    async def dial_manual(self, attempt: Attempt, session_id: SessionId) -> None:
        """Places a call joined to the agent's bridge from the dial on. Raises NotPlacedError, TelephonyAway."""

    async def join(self, attempt_id: AttemptId, session_id: SessionId) -> None:
        """Tone to the agent, customer into the agent's bridge. Raises TelephonyAway, NotPlacedError when gone."""

    async def announce(self, attempt_id: AttemptId) -> None:
        """Sends the customer to the abandon message."""

    async def hang_up(self, attempt_id: AttemptId) -> None:
        """Ends the customer's leg; no fault when it is gone already."""

    async def call_phone(self, session_id: SessionId, extension: str, leg: int) -> None:
        """Calls the phone into its own bridge; PhoneUp or PhoneLost tells the rest."""

    async def drop_phone(self, session_id: SessionId, leg: int) -> None:
        """Ends that leg of the agent's phone; no fault when it is gone."""

    async def snapshot(self) -> Snapshot:
        """What Asterisk has now. Raises TelephonyAway."""

    async def fate(self, attempt: Attempt) -> Fate:
        """What Asterisk's own call record tells of a vanished attempt, its end last; empty when there is none."""

    async def trunks(self) -> dict[str, str]:
        """Each trunk by name: `online`, `offline` (the carrier does not answer), or `unknown`."""

    def links(self) -> dict[str, bool]:
        """Which links to Asterisk answer, by name."""

    async def recorder(self) -> RecorderStatus:
        """Whether a call would be recorded now."""

    async def look_at(self, calls: Collection[AttemptId]) -> dict[AttemptId, Look]:
        """What lies on disk of these calls' recordings; what is not asked for again is forgotten."""

    async def packets(self, attempt_id: AttemptId) -> int | None:
        """RTP packets of the busier direction of the customer's leg so far; None = not known."""

    async def mute(self, attempt_id: AttemptId, on: bool) -> None:
        """Pauses the call's recording, or records again. Raises TelephonyAway, NotPlacedError when refused."""

    async def self_test(self, test_id: str) -> Heard:
        """A test call under this id, and what of it was on disk. Raises TelephonyAway."""

    async def provision(self, secrets: dict[str, str]) -> None:
        """Makes the phones known to Asterisk."""

    async def set_customers(self, settings: dict[str, int]) -> None:
        """Practice only: how the carrier's customers behave."""
