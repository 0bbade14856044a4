"""Bodies and answers of login."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.auth.roles import Role
from api.schemas import Answer, Body

CSRF = "6f1d3c0c3e0b2a8d1f4f5f5a7a1c9d2e4b6a8c0d1e2f3a4b5c6d7e8f9a0b1c2d"


class Token(Answer):
    """A fresh session; the token is shown this once."""

    access_token: str = Field(examples=["kOZ7Qm0vJ1w7c1cUoYw1tF1bq1XoTTWcz3fQx0l2F0k"])
    token_type: Literal["bearer"]
    expires_at: datetime


class Credentials(Body):
    """A person's user name and password."""

    username: str = Field(max_length=64, examples=["manager"])
    password: str = Field(max_length=256, examples=["correct horse battery"])


class Me(Answer):
    """Who the session belongs to."""

    id: str
    username: str = Field(examples=["agent1"])
    name: str = Field(examples=["王芳"])
    roles: list[Role]
    extension: str | None = Field(examples=["1001"])
    zone: str = Field(
        description="the centre's time zone: days and hours are shown in it", examples=["Asia/Shanghai"]
    )


class MeHere(Me):
    """Who the session belongs to, and what this page must send with it."""

    csrf_token: str | None = Field(
        description="send it as X-CSRF-Token with every request that changes something; null for a bearer",
        examples=[CSRF],
    )


class LoggedIn(Answer):
    """A fresh session of a browser, which holds its cookie."""

    user: Me
    csrf_token: str = Field(examples=[CSRF])
    expires_at: datetime


class OwnSession(Answer):
    """One of the asker's live sessions."""

    id: str
    created_at: datetime
    last_seen_at: datetime = Field(description="to the minute")
    expires_at: datetime
    address: str | None = Field(description="where the login came from", examples=["192.0.2.17"])
    agent: str | None = Field(description="the program that logged in, as it calls itself", examples=["curl/8.9"])
    current: bool = Field(description="whether it is the one that asks")
