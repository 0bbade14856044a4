"""Asterisk's messages, as recorded from Asterisk 22, and what they mean to the floor."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ari_bridge.causes import cdr_result, dial_result
from ari_bridge.errors import TranslationError
from ari_bridge.names import agent_bridge, agent_channel, parse_agent_channel
from ari_bridge.translate import (
    CustomerEntered,
    Item,
    ManualEntered,
    PhoneAnswered,
    from_ami,
    from_ari,
    snapshot,
)
from dialer.core import events as ev
from dialer.core.attempt import DialResult
from dialer.core.ids import AttemptId, SessionId
from dialer.core.reconcile import ChannelSeen, PhoneSeen

CALL = AttemptId("0193f5a4-7e00-7a00-8000-000000000001")
SESSION = SessionId("0193f5a4-7e00-7a00-9000-000000000001")
PHONE = agent_channel(SESSION, 3)
NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)


def channel(
    channel_id: str = CALL, state: str = "Up", name: str = "PJSIP/trunk-1", context: str = "x"
) -> dict[str, Any]:
    return {"id": channel_id, "name": name, "state": state, "dialplan": {"context": context, "exten": "s"}}


def stasis(*args: str) -> dict[str, Any]:
    return {"type": "StasisStart", "application": "tianzhou", "args": list(args), "channel": channel()}


def dial(status: str, peer: str = CALL, name: str = "PJSIP/trunk-1") -> dict[str, Any]:
    return {"type": "Dial", "dialstatus": status, "peer": channel(peer, name=name)}


def changed(state: str, channel_id: str = CALL, name: str = "PJSIP/trunk-1") -> dict[str, Any]:
    return {"type": "ChannelStateChange", "channel": channel(channel_id, state, name)}


def destroyed(channel_id: str = CALL, **causes: Any) -> dict[str, Any]:
    return {"type": "ChannelDestroyed", "channel": channel(channel_id), "cause_txt": "?", **causes}


@pytest.mark.parametrize(
    ("event", "meaning"),
    [
        (stasis("customer", CALL), CustomerEntered(CALL)),
        (stasis("manual", CALL), ManualEntered(CALL)),
        (stasis("agent", SESSION, "3"), PhoneAnswered(SESSION, 3)),
        (stasis("customer", "1764000000.1"), None),
        (stasis("manual", "1764000000.1"), None),
        (stasis("guest", "x"), None),
        (dial("RINGING"), ev.Rang(CALL)),
        (dial("PROGRESS"), ev.Rang(CALL)),
        (dial(""), None),
        (dial("ANSWER"), None),
        (dial("ANSWER", name="Local/138@tianzhou-manual-1;1"), ev.Answered(CALL)),
        (dial("RINGING", peer="1764000000.1"), None),
        (changed("Ringing"), ev.Rang(CALL)),
        (changed("Up"), None),
        (changed("Up", name="Local/138@tianzhou-manual-1;1"), ev.Answered(CALL)),
        (changed("Up", "1764000000.1"), None),
        (destroyed(cause=17, tech_cause=486), ev.Ended(CALL, DialResult.BUSY, 17, 486)),
        (destroyed(cause=16), ev.Ended(CALL, DialResult.NO_ANSWER, 16, None)),
        (destroyed(PHONE, cause=16), ev.PhoneLost(SESSION, 3)),
        (destroyed("1764000000.1"), None),
        ({"type": "ChannelVarset"}, None),
        ({}, None),
    ],
)
def test_what_an_ari_event_means(event: dict[str, Any], meaning: Item | None) -> None:
    assert from_ari(event) == meaning


@pytest.mark.parametrize(
    "event",
    [{"type": "StasisStart", "args": []}, {"type": "Dial"}, stasis("agent", SESSION), stasis("agent", SESSION, "x")],
)
def test_a_message_that_lacks_something_says_so(event: dict[str, Any]) -> None:
    with pytest.raises(TranslationError):
        from_ari(event)


words = st.sampled_from([CALL, PHONE, SESSION, "Up", "Ringing", "ANSWER", "agent", "customer"]) | st.text(max_size=5)
json = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "state", "name", "cause"]) | st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
TYPES = ["StasisStart", "Dial", "ChannelStateChange", "ChannelDestroyed", "ChannelUserevent"]
KEYS = ["eventname", "userevent", "channel", "peer", "args", "dialstatus", "cause", "tech_cause"]


@given(st.sampled_from(TYPES), st.dictionaries(st.sampled_from(KEYS), json))
def test_any_message_of_a_known_type_means_something_or_nothing_or_lacks_something(
    kind: str, fields: dict[str, Any]
) -> None:
    try:
        from_ari({"type": kind, **fields})
    except TranslationError as lacking:
        assert kind in str(lacking)


@pytest.mark.parametrize(
    ("message", "meaning"),
    [
        ({"Event": "Hangup", "Uniqueid": CALL, "Cause": "17", "TechCause": "486"}, (DialResult.BUSY, 17, 486)),
        ({"Event": "Hangup", "Uniqueid": CALL, "Cause": "16", "TechCause": ""}, (DialResult.NO_ANSWER, 16, None)),
        ({"Event": "Hangup", "Uniqueid": CALL}, (DialResult.FAILED, None, None)),
        ({"Event": "Hangup", "Uniqueid": PHONE, "Cause": "16"}, None),
        ({"Event": "Hangup"}, None),
        ({"Event": "Newchannel", "Uniqueid": CALL}, None),
    ],
)
def test_the_second_witness_of_an_end(
    message: dict[str, Any], meaning: tuple[DialResult, int | None, int | None] | None
) -> None:
    assert from_ami(message) == (ev.Ended(CALL, *meaning) if meaning else None)


MONITOR = {"Uniqueid": CALL, "Context": "tianzhou-auto"}
BY_HAND = {"Uniqueid": "main-1.5", "ChanVariable": f"ATTEMPT={CALL}", "Context": "tianzhou-inbound"}
CLOSED = {"UserEvent": "RecordingClosed", "Call": CALL, "Rx": "604", "Tx": "610"}


@pytest.mark.parametrize(
    ("message", "meaning"),
    [
        ({"Event": "MixMonitorStop", **MONITOR}, ev.RecorderStopped(CALL, "stopped")),
        ({"Event": "MixMonitorStop", **BY_HAND}, ev.RecorderStopped(CALL, "stopped")),
        ({"Event": "MixMonitorStop", **MONITOR, "Context": "tianzhou-closed"}, None),
        ({"Event": "MixMonitorStop", "Uniqueid": "main-1.5", "ChanVariable": "ATTEMPT="}, None),
        ({"Event": "MixMonitorMute", **MONITOR, "State": "1"}, ev.RecorderStopped(CALL, "muted")),
        ({"Event": "MixMonitorMute", **MONITOR, "State": "0"}, None),
        ({"Event": "UserEvent", **CLOSED}, ev.RecordingClosed(CALL, 604, 610)),
        ({"Event": "UserEvent", **CLOSED, "Rx": ""}, ev.RecordingClosed(CALL, None, 610)),
        ({"Event": "UserEvent", **CLOSED, "Call": "1764000000.1"}, None),
        ({"Event": "UserEvent", "UserEvent": "AbandonMessagePlayed", "Call": CALL}, None),
    ],
)
def test_what_the_recorder_says(message: dict[str, Any], meaning: ev.Event | None) -> None:
    assert from_ami(message) == meaning


def test_asterisk_says_over_both_links_that_a_recording_is_closed() -> None:
    told = {"type": "ChannelUserevent", "eventname": "RecordingClosed", "userevent": CLOSED, "channel": channel()}
    assert from_ari(told) == ev.RecordingClosed(CALL, 604, 610)
    assert from_ari(told | {"eventname": "AbandonMessagePlayed"}) is None


def test_a_snapshot_of_everything() -> None:
    ringing, told, alone = (AttemptId(f"{CALL[:-1]}{n}") for n in (2, 3, 4))
    seen = snapshot(
        [
            channel(),
            channel(ringing, "Ringing"),
            channel(told, context="tianzhou-abandon"),
            channel(alone),
            channel(PHONE),
            channel(agent_channel(SESSION, 4)),
            channel(agent_channel(SESSION, 5), "Ringing"),
            channel("1764000000.1"),
        ],
        [{"id": agent_bridge(SESSION), "channels": [CALL, PHONE]}],
        {CALL},
        NOW,
    )
    assert seen.channels == (
        ChannelSeen(CALL, up=True, bridge=SESSION, recorded=True),
        ChannelSeen(ringing, up=False, recorded=False),
        ChannelSeen(told, up=True, announcing=True, recorded=False),
        ChannelSeen(alone, up=True, recorded=False),
    )
    legs = [(3, True), (4, False), (5, False)]
    assert seen.phones == tuple(PhoneSeen(SESSION, leg, up) for leg, up in legs)


@given(st.integers(0, 10**6))
def test_a_phones_channel_maps_back_to_its_session_and_leg(leg: int) -> None:
    assert parse_agent_channel(agent_channel(SESSION, leg)) == (SESSION, leg)


@given(st.text(max_size=50))
def test_other_names_are_no_agents(name: str) -> None:
    assert parse_agent_channel(name) is None
    assert parse_agent_channel(agent_bridge(SESSION)) is None


@pytest.mark.parametrize(
    ("cause", "tech_cause", "result"),
    [
        (17, 486, DialResult.BUSY),
        (16, 404, DialResult.INVALID),
        (1, None, DialResult.INVALID),
        (21, 603, DialResult.REJECTED),
        (19, 480, DialResult.NO_ANSWER),
        (34, 503, DialResult.CONGESTION),
        (21, 499, DialResult.REJECTED),
        (None, None, DialResult.FAILED),
        (999, 999, DialResult.FAILED),
    ],
)
def test_the_sip_code_says_more_than_the_cause(cause: int | None, tech_cause: int | None, result: DialResult) -> None:
    assert dial_result(cause, tech_cause) is result


@given(st.none() | st.integers(), st.none() | st.integers())
def test_a_call_without_an_answer_is_never_called_answered(cause: int | None, tech_cause: int | None) -> None:
    assert dial_result(cause, tech_cause) is not DialResult.ANSWERED


def test_words_of_the_call_record() -> None:
    assert cdr_result("ANSWERED") is DialResult.ANSWERED
    assert cdr_result("NO ANSWER") is DialResult.NO_ANSWER
    assert cdr_result("") is DialResult.UNKNOWN
