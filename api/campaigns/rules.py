"""Which way a campaign may go. Pure."""

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """Where a campaign is; a stopped one stays stopped."""

    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    DRAINING = "draining"  # nothing new is dialed; the calls there are go on to their end
    STOPPED = "stopped"


class Action(StrEnum):
    """What a person may order, and the one step that the engine takes by itself."""

    START = "start"
    PAUSE = "pause"
    DRAIN = "drain"
    CUT = "cut"
    DRAINED = "drained"  # the engine's: no call of the campaign is left


class How(StrEnum):
    """How something is stopped."""

    DRAIN = "drain"
    CUT = "cut"


NEXT: Mapping[State, Mapping[Action, State]] = {
    State.DRAFT: {Action.START: State.RUNNING, Action.DRAIN: State.STOPPED, Action.CUT: State.STOPPED},
    State.RUNNING: {Action.PAUSE: State.PAUSED, Action.DRAIN: State.DRAINING, Action.CUT: State.STOPPED},
    State.PAUSED: {Action.START: State.RUNNING, Action.DRAIN: State.DRAINING, Action.CUT: State.STOPPED},
    State.DRAINING: {Action.CUT: State.STOPPED, Action.DRAINED: State.STOPPED},
    State.STOPPED: {},
}


def after(state: State, action: Action) -> State | None:
    """The state that the action leads to, or None when it is not allowed now."""
    return NEXT[state].get(action)
