"""Login, logout, who am I."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form

from api.access import GuardedRoute, bearer_token, may, public
from api.auth import service
from api.auth.roles import Role
from api.auth.schemas import Me, Token
from api.auth.sessions import Person, revoke
from api.context import Connection, Here

router = APIRouter(prefix="/api/v1/auth", tags=["auth"], route_class=GuardedRoute)

Anybody = Annotated[None, public()]
Everyone = Annotated[Person, may(*Role)]


@router.post("/token")
async def log_in(
    _who: Anybody,
    here: Here,
    username: Annotated[str, Form(max_length=64, examples=["manager"])],
    password: Annotated[str, Form(max_length=256)],
    grant_type: Annotated[str | None, Form(pattern="^password$")] = None,
) -> Token:
    """Opens a session of twelve hours; 401 for an unknown user as for a wrong password."""
    issued = await service.log_in(here.engine, username, password)
    return Token(access_token=issued.token, token_type="bearer", expires_at=issued.expires_at)  # noqa: S106  # the token type of RFC 6750 # nosec B106


@router.delete("/token", status_code=204)
async def log_out(_who: Everyone, connection: Connection, token: Annotated[str, Depends(bearer_token)]) -> None:
    """Ends this session at once."""
    await revoke(connection, token)


@router.get("/me")
async def me(who: Everyone) -> Me:
    """The person behind the token."""
    return Me(id=who.id, username=who.username, name=who.name, roles=sorted(who.roles), extension=who.extension)
