"""Bodies and answers about who is alarmed."""

from pydantic import ConfigDict, Field

from api.auth.roles import Role
from api.schemas import Answer, Body, Id


class Receiver(Answer):
    """Somebody whom alarms are for."""

    id: str
    username: str = Field(examples=["qa-1"])
    name: str = Field(examples=["王芳"])


class Receivers(Answer):
    """Whom alarms are for: the people named, or while nobody is, everybody of these roles."""

    named: list[Receiver] = Field(description="on duty for alarms; empty = nobody is named")
    roles: list[Role] = Field(description="whose people are alarmed while nobody is named")
    people: list[Receiver] = Field(description="whom that means now")


class NewReceivers(Body):
    """Who is on duty for alarms from now on; an empty list = the roles again."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"user_ids": ["019e2f6c-0d1c-7a52-9a3e-5b1f5c0e7a11"]}]}
    )

    user_ids: list[Id] = Field(max_length=50)
