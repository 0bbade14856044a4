"""Answers about how complete a day is."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from api.schemas import Answer


class Form(StrEnum):
    """How a certificate is given."""

    JSON = "json"
    PDF = "pdf"


class WhyOpen(StrEnum):
    """Why a call is neither present nor absent yet."""

    IN_AIR = "in_air"  # not ended
    SETTLING = "settling"  # ended just now: the recorder and the worker have their time
    LATE = "late"  # ended long enough ago to have been settled: somebody must look


class Shares(Answer):
    """What became of some calls; the sum is how many they are."""

    present: int
    taken_away: int = Field(description="recorded, and gone since by order or because its time was over")
    absent: int
    open: int


class Completeness(Answer):
    """How complete a day's recordings are: `present`, `absent` and `open` count every call."""

    day: str = Field(examples=["2026-11-24"])
    expected: int = Field(
        description="calls told to the ledger before they were dialed; less or more than the sum = a gap"
    )
    answered: int
    present: int
    absent: dict[str, int] = Field(examples=[{"no_answer": 41, "busy": 7}])
    open: int = Field(description="not ended, or not settled yet")
    of_answered: Shares = Field(description="the answered calls alone; an absent one of these is an alarm")
    open_incidents: int = Field(description="about the day's calls, or of that day, that nobody has closed")


class OpenCall(Answer):
    """A call that is neither present nor absent yet."""

    id: str
    campaign_id: str
    campaign_name: str | None
    agent_id: str | None
    agent_name: str | None
    number: str = Field(examples=["138****1234"])
    opened_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    why: WhyOpen


class Certificate(Answer):
    """Figures of a day and the Ed25519 signature over them: see `recordings/certificate.py`."""

    certificate: dict[str, Any] = Field(
        examples=[{"day": "2026-11-24", "expected": 54, "answered": 6, "present": 6, "complete": True}]
    )
    signature: str = Field(examples=["AAAA"], description="base64; over prefix and canonical JSON")
