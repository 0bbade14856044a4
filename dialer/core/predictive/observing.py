"""From what happens on the floor to what pacing learns from, and from the floor as it is to what pacing is asked.

Every fact comes from a record that the floor writes anyway: an event that Asterisk tells twice makes one record.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from dialer.core.agent import Agent, AgentState
from dialer.core.attempt import UNANSWERED, Attempt, AttemptState, DialResult, Mode
from dialer.core.ids import AttemptId, CampaignId, SessionId
from dialer.core.predictive.facts import Facts, Happened, Happening
from dialer.core.records import AttemptAnswered, AttemptClosed, Record, SessionChanged

CARRIERS = frozenset({DialResult.CONGESTION, DialResult.FAILED})  # the network's words; a busy line is a person's
MOST_KEPT = 2000  # of a campaign that nobody asks about


@dataclass
class Observed:
    """What has happened since somebody asked, by campaign."""

    opened: dict[AttemptId, Attempt] = field(default_factory=dict)
    _shifts: dict[SessionId, SessionChanged] = field(default_factory=dict)
    _happened: dict[CampaignId, list[Happened]] = field(default_factory=lambda: defaultdict(list))

    def open(self, attempts: Iterable[Attempt]) -> None:
        """These were dialed; calls by hand teach nothing."""
        self.opened |= {each.id: each for each in attempts if each.mode is not Mode.MANUAL}

    def note(self, record: Record) -> None:
        """One record of the floor."""
        match record:
            case AttemptAnswered(attempt_id, at):
                if (attempt := self.opened.get(attempt_id)) is not None:
                    self._add(attempt.campaign_id, Happening.ANSWERED, _between(attempt.opened_at, at))
            case AttemptClosed():
                self._close(record)
            case SessionChanged():
                self._change(record)
            case _:
                pass

    def take(self, campaign_id: CampaignId) -> list[Happened]:
        """What happened to the campaign since the last time, in order."""
        return self._happened.pop(campaign_id, [])

    def _add(self, campaign_id: CampaignId, kind: Happening, seconds: float) -> None:
        kept = self._happened[campaign_id]
        kept.append((kind, seconds))
        del kept[:-MOST_KEPT]

    def _close(self, record: AttemptClosed) -> None:
        attempt = self.opened.pop(record.attempt_id, None)
        if attempt is None:
            return
        if record.answered_at is None:
            kind = Happening.FAILED if record.result in CARRIERS else Happening.UNANSWERED
            self._add(attempt.campaign_id, kind, _between(attempt.opened_at, record.at))
        elif record.abandoned:
            self._add(attempt.campaign_id, Happening.ABANDONED, _between(record.answered_at, record.at))
        elif record.connected_at is not None:
            self._add(attempt.campaign_id, Happening.TALK_ENDED, _between(record.connected_at, record.at))

    def _change(self, record: SessionChanged) -> None:
        before = self._shifts.get(record.session_id)
        self._shifts[record.session_id] = record
        if before is not None and before.state is AgentState.WRAP_UP and record.state is not AgentState.WRAP_UP:
            self._add(record.campaign_id, Happening.WRAP_ENDED, _between(before.state_at, record.state_at))
        if before is not None and record.state is AgentState.PAUSED and before.state is not AgentState.PAUSED:
            self._add(record.campaign_id, Happening.PAUSED, 0.0)
        if record.ended_at is not None:
            del self._shifts[record.session_id]


@dataclass(frozen=True)
class Today:
    """Of a campaign's day: seconds until it closes; people who answered, and those of them abandoned; limits."""

    left_s: float = 0.0
    answered: int = 0
    abandoned: int = 0
    trunk_free: int = 0
    due: int = 1000


def team_of(agents: Iterable[Agent], campaign_id: CampaignId, wanting: Collection[CampaignId]) -> list[Agent]:
    """The agents whose first campaign that may dial now is this one: an agent is counted on by one campaign only."""
    return [
        agent
        for agent in agents
        if next((each for each in agent.campaign_ids if each in wanting), None) == campaign_id
    ]


def facts_of(team: Collection[Agent], attempts: Collection[Attempt], today: Today, at: float, now: datetime) -> Facts:
    """The floor of one campaign. `attempts`: its automatic calls; who leaves after this call is not counted on."""
    staying = [agent for agent in team if agent.pause_next is None and agent.phone_up]
    return Facts(
        at=at,
        day_left_s=today.left_s,
        idle=sum(agent.is_available() for agent in team),
        talking=_ages(staying, (AgentState.ON_CALL, AgentState.RESERVED), now),
        wrapping=_ages(staying, (AgentState.WRAP_UP,), now),
        ringing=tuple(_between(each.opened_at, now) for each in attempts if each.state in UNANSWERED),
        waiting=tuple(
            _between(each.since(), now)
            for each in attempts
            if each.state is AttemptState.WAITING and not each.joining
        ),
        answered=today.answered,
        abandoned=today.abandoned,
        trunks_free=today.trunk_free,
        due=today.due,
    )


def _ages(agents: Iterable[Agent], states: Collection[AgentState], now: datetime) -> tuple[float, ...]:
    return tuple(_between(agent.since(), now) for agent in agents if agent.state in states)


def _between(began: datetime, ended: datetime) -> float:
    """Seconds, never negative: the clock may have been put back."""
    return max(0.0, (ended - began).total_seconds())
