"""The floor as the database remembers it; what Asterisk shows is compared with it right after."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from dialer.core.agent import Agent, AgentState
from dialer.core.attempt import Attempt, AttemptState, Mode
from dialer.core.floor import Floor


def restore(attempts: Iterable[Attempt], agents: Iterable[Agent], window: timedelta) -> Floor:
    """A floor from open attempts and open sessions. No phone is believed to be up until Asterisk shows it."""
    floor = Floor(window=window)
    for attempt in attempts:
        limit = 0 if attempt.mode is Mode.MANUAL else attempt.max_attempts  # what its lead was is not remembered
        floor.attempts[attempt.id] = replace(attempt, state=_state(attempt), joining=False, max_attempts=limit)
    for agent in agents:
        floor.agents[agent.session_id] = replace(agent, phone_up=False, leg=0)
        _restore_pair(floor, agent)
    return floor


def _restore_pair(floor: Floor, agent: Agent) -> None:
    """A customer on the way to an agent: whether he arrived, Asterisk shows; nobody else gets him meanwhile."""
    attempt = floor.attempts.get(agent.attempt_id) if agent.attempt_id else None
    if attempt is not None and agent.state is AgentState.RESERVED and attempt.state is AttemptState.WAITING:
        floor.attempts[attempt.id] = replace(attempt, joining=True, session_id=agent.session_id)


def _state(attempt: Attempt) -> AttemptState:
    if attempt.connected_at is not None:
        return AttemptState.CONNECTED
    return AttemptState.DIALING if attempt.answered_at is None else AttemptState.WAITING
