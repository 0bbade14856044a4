"""Who may have a recording paused, and when it is recorded again by itself."""

from dataclasses import replace

from dialer.core import pauses
from dialer.core.attempt import AttemptState
from dialer.core.compliance import RefusalReason
from dialer.core.ids import AgentId
from dialer.core.pauses import Pause
from tests.unit.core.build import NOW, attempt_id, later, make_agent, make_attempt, session_id

TALK = make_attempt(state=AttemptState.CONNECTED, session_id=session_id(1))
PAUSE = Pause(attempt_id(1), AgentId("agent-1"), NOW)


def test_only_the_agent_in_the_call_may_and_only_while_they_talk() -> None:
    agent = make_agent(1)
    assert pauses.may_pause(TALK, agent) is None
    waiting = replace(TALK, state=AttemptState.ANNOUNCING)
    refusals = [
        pauses.may_pause(None, agent),
        pauses.may_pause(TALK, make_agent(2)),
        pauses.may_pause(waiting, agent),
    ]
    assert [refusal.reason for refusal in refusals if refusal] == [
        RefusalReason.UNKNOWN_CALL,
        RefusalReason.NOT_YOUR_CALL,
        RefusalReason.STATE_FORBIDDEN,
    ]


def test_a_pause_ends_by_itself_after_two_minutes_and_with_the_call() -> None:
    assert pauses.over(PAUSE, True, later(119.9)) is None
    assert pauses.over(PAUSE, True, later(120)) == "too_long"
    assert pauses.over(PAUSE, False, later(1)) == "ended"
