"""Bodies and answers of listening."""

from datetime import datetime

from pydantic import ConfigDict, Field

from api.schemas import Answer, Body, Line


class Reason(Body):
    """Why somebody wants this; it stands in the ledger."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"why": "complaint 2026-0117"}]})

    why: Line


class Listening(Answer):
    """One person heard one recording."""

    id: str
    call_id: str
    user_id: str
    username: str | None
    name: str | None
    address: str | None = Field(examples=["192.168.1.20"])
    why: str = Field(examples=["qa_check"], description="an ordinary reason's code, or the person's own words")
    started_at: datetime
    last_at: datetime = Field(description="the last request for bytes")
