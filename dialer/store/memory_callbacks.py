"""Callbacks of the store in memory, as `callbacks.py` keeps them in PostgreSQL."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from dialer.core.agent import AgentState
from dialer.core.callbacks import Promise
from dialer.core.ids import AgentId, AttemptId, LeadId
from dialer.core.records import SessionChanged


@dataclass(frozen=True)
class CallbackRow:
    """A callback as kept here."""

    lead_id: LeadId
    promise: Promise
    state: str = "open"


@dataclass
class CallbackBook:
    """All of them, by the attempt in which they were promised."""

    rows: dict[AttemptId, CallbackRow] = field(default_factory=dict)

    def promise(self, call_id: AttemptId, lead_id: LeadId, made: Promise) -> None:
        """Keeps what was promised; one promised before is over."""
        self.end(call_id, lead_id)
        self.rows.setdefault(call_id, CallbackRow(lead_id, made))

    def end(self, call_id: AttemptId, lead_id: LeadId) -> None:
        """What was promised before this call is kept."""
        for key, row in self.rows.items():
            if row.lead_id == lead_id and row.state == "open" and key != call_id:
                self.rows[key] = replace(row, state="done")

    def open_of(self, lead_id: LeadId) -> Promise | None:
        """What the lead waits for."""
        return next(
            (row.promise for row in self.rows.values() if (row.lead_id, row.state) == (lead_id, "open")), None
        )

    def tend(
        self, sessions: Collection[SessionChanged], now: datetime, away_s: float
    ) -> Mapping[AttemptId, CallbackRow]:
        """What an absent agent left goes to the team; nobody watches who could be reminded."""
        handed: dict[AttemptId, CallbackRow] = {}
        since = now - timedelta(seconds=away_s)
        for key, row in self.rows.items():
            if row.state != "open" or row.promise.agent_id is None:
                continue
            if row.promise.at <= since and not _is_at_work(row.promise.agent_id, sessions, since):
                self.rows[key] = handed[key] = replace(row, promise=replace(row.promise, agent_id=None))
        return handed


def _is_at_work(agent_id: AgentId | None, sessions: Collection[SessionChanged], since: datetime) -> bool:
    """Whether he has a session that is not paused, or not for long."""
    return any(
        row.agent_id == agent_id
        and row.ended_at is None
        and (row.state is not AgentState.PAUSED or row.state_at > since)
        for row in sessions
    )
