"""Which way a campaign may go. Pure."""

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """Where a campaign is; a stopped one stays stopped."""

    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


class Action(StrEnum):
    """What a person may order."""

    START = "start"
    PAUSE = "pause"
    STOP = "stop"


NEXT: Mapping[State, Mapping[Action, State]] = {
    State.DRAFT: {Action.START: State.RUNNING, Action.STOP: State.STOPPED},
    State.RUNNING: {Action.PAUSE: State.PAUSED, Action.STOP: State.STOPPED},
    State.PAUSED: {Action.START: State.RUNNING, Action.STOP: State.STOPPED},
    State.STOPPED: {},
}


def after(state: State, action: Action) -> State | None:
    """The state that the action leads to, or None when it is not allowed now."""
    return NEXT[state].get(action)
