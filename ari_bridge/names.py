"""Names of channels and bridges. They are our ids, so every event maps back without a look-up."""

import re

from dialer.core.ids import SessionId

AGENT = re.compile(r"agent-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-(\d+)")


def agent_channel(session_id: SessionId, leg: int) -> str:
    """The channel id of that leg of an agent's phone."""
    return f"agent-{session_id}-{leg}"


def agent_bridge(session_id: SessionId) -> str:
    """The bridge id of an agent's session."""
    return f"agent-{session_id}"


def parse_agent_channel(channel_id: str) -> tuple[SessionId, int] | None:
    """Session and leg, or None for a channel that is no agent's."""
    found = AGENT.fullmatch(channel_id)
    return (SessionId(found[1]), int(found[2])) if found else None
