"""Identifiers: one name per kind of id, so that mypy keeps them apart.

An attempt's id (UUIDv7 text) is also the channel id of its customer leg and names its two spool files.
"""

import re
from typing import NewType

AttemptId = NewType("AttemptId", str)
LeadId = NewType("LeadId", str)
ListId = NewType("ListId", str)
CampaignId = NewType("CampaignId", str)
SessionId = NewType("SessionId", str)
AgentId = NewType("AgentId", str)

UUID_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_attempt_id(text: str) -> bool:
    """Whether the text has the shape of an id we make; anything else never names a file or a channel."""
    return UUID_TEXT.fullmatch(text) is not None
