"""Bodies and answers of the emergency stop."""

from datetime import datetime

from pydantic import ConfigDict, Field

from api.campaigns.rules import How
from api.schemas import Answer, Body, Line


class StopEverything(Body):
    """Stop all dialing: `cut` ends every call within a second, `drain` lets calls go on to their end."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "投诉激增", "how": "cut"}]})

    reason: Line
    how: How = How.CUT


class EmergencyStop(Answer):
    """Whether an emergency stop holds; if so how, why, by whom (user name) and since when."""

    active: bool
    how: How | None = Field(None, examples=["cut"])
    reason: str | None = Field(None, examples=["投诉激增"])
    by: str | None = Field(None, examples=["manager"])
    at: datetime | None = None
