"""Answers of login."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.auth.roles import Role
from api.schemas import Answer


class Token(Answer):
    """A fresh session; the token is shown this once."""

    access_token: str = Field(examples=["kOZ7Qm0vJ1w7c1cUoYw1tF1bq1XoTTWcz3fQx0l2F0k"])
    token_type: Literal["bearer"]
    expires_at: datetime


class Me(Answer):
    """Who the token belongs to."""

    id: str
    username: str = Field(examples=["agent1"])
    name: str
    roles: list[Role]
    extension: str | None = Field(examples=["1001"])
