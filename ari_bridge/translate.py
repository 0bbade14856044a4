"""Asterisk's messages to the floor's events. Pure; the only place that looks into raw messages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ari_bridge.causes import dial_result
from ari_bridge.errors import TranslationError
from ari_bridge.names import agent_bridge, parse_agent_channel
from dialer.core import events as ev
from dialer.core.ids import AttemptId, SessionId, is_attempt_id
from dialer.core.reconcile import ChannelSeen, PhoneSeen, Snapshot

ABANDON_CONTEXT = "tianzhou-abandon"
CLOSING_CONTEXT = "tianzhou-closed"
RECORDING_CLOSED = "RecordingClosed"
MUTED = "muted"


@dataclass(frozen=True)
class CustomerEntered:
    """A customer's automatic call was answered and is with us; the recorder is still to be looked at."""

    attempt_id: AttemptId


@dataclass(frozen=True)
class PhoneAnswered:
    """An agent's phone picked up and is with us; its bridge is still to be made."""

    session_id: SessionId
    leg: int


@dataclass(frozen=True)
class ManualEntered:
    """The near end of a manual call is with us and may be dialed."""

    attempt_id: AttemptId


@dataclass(frozen=True)
class AgentAlone:
    """The customer left the agent's bridge: the phone needs something to hear again."""

    session_id: SessionId


@dataclass(frozen=True)
class TrunkSaid:
    """The SIP code with which the trunk's leg of a manual call ended: its own channel does not learn it."""

    attempt_id: AttemptId
    tech_cause: int


Item = ev.Event | CustomerEntered | PhoneAnswered | ManualEntered | AgentAlone | TrunkSaid


def from_ari(event: Mapping[str, Any]) -> Item | None:
    """What an ARI event means to us; None when it means nothing. Raises TranslationError."""
    translator = _ARI.get(event.get("type", ""))
    try:
        return translator(event) if translator else None
    except (LookupError, TypeError, ValueError) as lacking:
        raise TranslationError(f"{event.get('type')}: {lacking!r}") from lacking


def from_ami(message: Mapping[str, Any]) -> ev.Event | None:
    """What an AMI event means to us: the second witness of a customer leg's end, the first of its recorder's."""
    translator = _AMI.get(str(message.get("Event")))
    return translator(message) if translator else None


def _hung_up(message: Mapping[str, Any]) -> ev.Event | None:
    if str(message.get("Channel", "")).startswith("Local/"):
        return None  # the near end of a manual call knows no SIP code: ARI tells of it
    attempt_id = str(message.get("Uniqueid", ""))
    if not is_attempt_id(attempt_id):
        return None
    return _ended(attempt_id, _number(message.get("Cause")), _number(message.get("TechCause")))


def _monitor_stopped(message: Mapping[str, Any]) -> ev.Event | None:
    """The dialplan's own stop, at the end of every call, comes from its hangup handler."""
    if message.get("Context") == CLOSING_CONTEXT:
        return None
    return _stopped(message, "stopped")


def _monitor_muted(message: Mapping[str, Any]) -> ev.Event | None:
    return _stopped(message, MUTED) if str(message.get("State")) == "1" else None


def _stopped(message: Mapping[str, Any], how: str) -> ev.Event | None:
    attempt_id = _attempt_of(message)
    return ev.RecorderStopped(attempt_id, how) if attempt_id else None


def _user_event(message: Mapping[str, Any]) -> ev.Event | None:
    return _closed(message) if message.get("UserEvent") == RECORDING_CLOSED else None


def _ari_user_event(event: Mapping[str, Any]) -> Item | None:
    return _closed(event["userevent"]) if event["eventname"] == RECORDING_CLOSED else None


def _closed(told: Mapping[str, Any]) -> ev.RecordingClosed | None:
    attempt_id = str(told.get("Call", ""))
    if not is_attempt_id(attempt_id):
        return None
    return ev.RecordingClosed(AttemptId(attempt_id), _number(told.get("Rx")), _number(told.get("Tx")))


def _attempt_of(message: Mapping[str, Any]) -> AttemptId | None:
    """The attempt that a channel serves: its own id, or the variable that AMI adds (manager.conf channelvars)."""
    named = str(message.get("ChanVariable", "")).partition("ATTEMPT=")[2]
    found = next((text for text in (str(message.get("Uniqueid", "")), named) if is_attempt_id(text)), None)
    return AttemptId(found) if found else None


def snapshot(
    channels: list[Mapping[str, Any]], bridges: list[Mapping[str, Any]], recorded: set[str], taken_at: datetime
) -> Snapshot:
    """What Asterisk has now; `recorded` are the attempts whose two leg files exist."""
    homes = {channel: bridge["id"] for bridge in bridges for channel in bridge["channels"]}
    seen, phones = [], []
    for channel in channels:
        agent = parse_agent_channel(channel["id"])
        if agent is not None:
            in_bridge = homes.get(channel["id"]) == agent_bridge(agent[0])
            phones.append(PhoneSeen(agent[0], agent[1], channel["state"] == "Up" and in_bridge))
        elif is_attempt_id(channel["id"]):
            seen.append(_channel(channel, homes.get(channel["id"]), recorded))
    return Snapshot(taken_at, tuple(seen), tuple(phones))


def _channel(channel: Mapping[str, Any], bridge: str | None, recorded: set[str]) -> ChannelSeen:
    return ChannelSeen(
        attempt_id=channel["id"],
        up=channel["state"] == "Up",
        announcing=channel["dialplan"]["context"] == ABANDON_CONTEXT,
        bridge=SessionId(bridge.removeprefix("agent-")) if bridge else None,
        recorded=channel["id"] in recorded,
    )


def _stasis_start(event: Mapping[str, Any]) -> Item | None:
    role, name = event["args"][0], event["args"][1]
    if role == "customer" and is_attempt_id(name):
        return CustomerEntered(AttemptId(name))
    if role == "manual" and is_attempt_id(name):
        return ManualEntered(AttemptId(name))
    if role == "agent":
        return PhoneAnswered(SessionId(name), int(event["args"][2]))
    return None


def _dial(event: Mapping[str, Any]) -> Item | None:
    peer = event["peer"]["id"]
    if not is_attempt_id(peer):
        return None
    if event["dialstatus"] in ("RINGING", "PROGRESS", "PROCEEDING"):
        return ev.Rang(AttemptId(peer))
    if event["dialstatus"] == "ANSWER" and _is_manual(event["peer"]):
        return ev.Answered(AttemptId(peer))
    return None


def _state_change(event: Mapping[str, Any]) -> Item | None:
    channel = event["channel"]
    if not is_attempt_id(channel["id"]):
        return None
    if channel["state"] == "Ringing":
        return ev.Rang(AttemptId(channel["id"]))
    if channel["state"] == "Up" and _is_manual(channel):
        return ev.Answered(AttemptId(channel["id"]))
    return None  # an automatic call is answered when its recorder runs: at StasisStart


def _left_bridge(event: Mapping[str, Any]) -> Item | None:
    bridge, leaving = str(event["bridge"]["id"]), event["channel"]["id"]
    if not bridge.startswith("agent-") or not is_attempt_id(leaving):
        return None
    return AgentAlone(SessionId(bridge.removeprefix("agent-")))


def _destroyed(event: Mapping[str, Any]) -> Item | None:
    channel_id = event["channel"]["id"]
    agent = parse_agent_channel(channel_id)
    if agent is not None:
        return ev.PhoneLost(*agent)
    if not is_attempt_id(channel_id):
        return None
    return _ended(channel_id, _number(event.get("cause")), _number(event.get("tech_cause")))


def _trunk_said(event: Mapping[str, Any]) -> Item | None:
    """Of the two legs' last events, whose order varies, this one of the trunk's comes first always."""
    attempt_id = (event["channel"].get("channelvars") or {}).get("ATTEMPT") or ""
    code = _number(event.get("tech_cause"))
    return TrunkSaid(AttemptId(attempt_id), code) if code and is_attempt_id(attempt_id) else None


def _ended(attempt_id: str, cause: int | None, tech_cause: int | None) -> ev.Ended:
    return ev.Ended(AttemptId(attempt_id), dial_result(cause, tech_cause), cause, tech_cause)


def _is_manual(channel: Mapping[str, Any]) -> bool:
    return str(channel["name"]).startswith("Local/")


def _number(value: Any) -> int | None:
    return int(value) if value is not None and str(value).isdecimal() else None


_ARI = {
    "StasisStart": _stasis_start,
    "Dial": _dial,
    "ChannelStateChange": _state_change,
    "ChannelDestroyed": _destroyed,
    "ChannelHangupRequest": _trunk_said,
    "ChannelLeftBridge": _left_bridge,
    "ChannelUserevent": _ari_user_event,
}
_AMI = {
    "Hangup": _hung_up,
    "MixMonitorStop": _monitor_stopped,
    "MixMonitorMute": _monitor_muted,
    "UserEvent": _user_event,
}
