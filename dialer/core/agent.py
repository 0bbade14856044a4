"""One agent's shift: states as a table. Whether the phone is there is a fact beside the state, not a state.

paused <-> ready -> reserved -> on call -> wrap-up -> ready | paused

An agent who is paused with a call still in hand owes its disposition.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from dialer.core.errors import IllegalSignal
from dialer.core.ids import AgentId, AttemptId, CampaignId, SessionId
from dialer.core.recycle import Tried

DISPOSITION_MISSING = "disposition_missing"
WRAP_UP_OVERRUN = "wrap_up_overrun"


class AgentState(StrEnum):
    """Where an agent stands."""

    PAUSED = "paused"
    READY = "ready"
    RESERVED = "reserved"
    ON_CALL = "on_call"
    WRAP_UP = "wrap_up"
    LOGGED_OUT = "logged_out"


class AgentSignal(StrEnum):
    """What can happen to an agent."""

    READY = "ready"
    PAUSE = "pause"
    RESERVE = "reserve"
    RELEASE = "release"  # the customer was gone before the two were joined
    JOIN = "join"
    CALL_ENDED = "call_ended"
    DISPOSE = "dispose"
    OVERRUN = "overrun"  # wrap-up longer than the campaign allows
    OVERDUE = "overdue"  # the same, and the campaign wants a disposition: no calls until it is given
    LOG_OUT = "log_out"


_S, _E = AgentState, AgentSignal

TRANSITIONS: dict[AgentState, dict[AgentSignal, AgentState]] = {
    _S.PAUSED: {
        _E.READY: _S.READY,
        _E.PAUSE: _S.PAUSED,
        _E.RESERVE: _S.RESERVED,
        _E.DISPOSE: _S.PAUSED,  # late, of the call still in hand
        _E.LOG_OUT: _S.LOGGED_OUT,
    },
    _S.READY: {_E.READY: _S.READY, _E.PAUSE: _S.PAUSED, _E.RESERVE: _S.RESERVED, _E.LOG_OUT: _S.LOGGED_OUT},
    _S.RESERVED: {_E.JOIN: _S.ON_CALL, _E.RELEASE: _S.READY, _E.CALL_ENDED: _S.WRAP_UP},
    _S.ON_CALL: {_E.JOIN: _S.ON_CALL, _E.CALL_ENDED: _S.WRAP_UP},
    _S.WRAP_UP: {
        _E.DISPOSE: _S.READY,
        _E.OVERRUN: _S.PAUSED,
        _E.OVERDUE: _S.PAUSED,
        _E.LOG_OUT: _S.LOGGED_OUT,
    },
    _S.LOGGED_OUT: {},
}


@dataclass(frozen=True)
class Agent:
    """An agent's session. `leg` counts the calls to the phone; `phone_up` says whether it is in its bridge.

    `wrap_up_s`, `disposition_required`, `call_campaign_id` and `tried` are those of the call in hand; `redialing`
    while his last call is being dialed again: he gets no other, and nothing is said of it.
    """

    session_id: SessionId
    agent_id: AgentId
    node: str
    extension: str
    campaign_ids: tuple[CampaignId, ...]  # by priority when the shift began
    started_at: datetime
    wrap_up_s: int = 60
    disposition_required: bool = True
    state: AgentState = AgentState.PAUSED
    state_at: datetime | None = None
    reason: str | None = "login"
    attempt_id: AttemptId | None = None
    pause_next: str | None = None
    phone_up: bool = False
    leg: int = 0
    call_at: datetime | None = None  # when the phone is to be called (again)
    call_campaign_id: CampaignId | None = None
    tried: Tried = field(default_factory=Tried)
    redialing: bool = False

    def since(self) -> datetime:
        """When the present state began."""
        return self.state_at or self.started_at

    @property
    def campaign_id(self) -> CampaignId:
        """The first of the campaigns."""
        return self.campaign_ids[0]

    def owes_disposition(self) -> bool:
        """Whether the wrap-up ran out without a word: no more calls until the disposition is given."""
        return self.state is AgentState.PAUSED and self.attempt_id is not None

    def is_available(self) -> bool:
        """Whether the next customer may be given to this agent."""
        return self.state is AgentState.READY and self.phone_up and not self.redialing


def allows(agent: Agent, signal: AgentSignal) -> bool:
    """Whether the table knows the pair: a person's wish is asked here first and refused with a reason."""
    return signal in TRANSITIONS[agent.state]


def step(agent: Agent, signal: AgentSignal, now: datetime, reason: str | None = None) -> Agent:
    """The agent after the signal. A pause wished during a call begins after its wrap-up.

    Raises IllegalSignal, and nothing is changed, for a pair outside the table.
    """
    after = TRANSITIONS[agent.state].get(signal)
    if after is None:
        raise IllegalSignal(f"agent {agent.agent_id} is {agent.state}: {signal} cannot happen to it")
    if after is AgentState.READY and signal is not AgentSignal.READY and agent.pause_next:
        after, reason = AgentState.PAUSED, agent.pause_next
    done = replace(agent, reason=reason if after is AgentState.PAUSED else None)
    if signal is AgentSignal.RESERVE and agent.state is AgentState.PAUSED:
        done = replace(done, pause_next=agent.pause_next or agent.reason)  # who dials by hand while paused stays so
    if after is not agent.state:
        done = replace(done, state=after, state_at=now)
    is_free = after in (AgentState.READY, AgentState.PAUSED, AgentState.LOGGED_OUT)
    if is_free and signal is not AgentSignal.OVERDUE:
        done = replace(done, attempt_id=None, pause_next=None)
    return done
