"""Answers about people."""

from datetime import datetime

from pydantic import Field

from api.auth.roles import Role
from api.schemas import Answer


class User(Answer):
    """A person's account."""

    id: str
    username: str
    name: str
    roles: list[Role]
    extension: str | None
    active: bool = Field(description="whether the account may log in")
    sessions: int = Field(description="how many are live now", examples=[1])
    last_seen_at: datetime | None = Field(description="of the live sessions, to the minute")
    created_at: datetime
