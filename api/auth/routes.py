"""Login, logout, who am I, where am I logged in."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from api.access import COOKIE, Credential, GuardedRoute, credential, current_session, may, public, refuse_cross_site
from api.auth import service, sessions
from api.auth.roles import Role
from api.auth.rules import csrf_token
from api.auth.schemas import Credentials, LoggedIn, Me, MeHere, OwnSession, Token
from api.auth.sessions import Client, Person, Session
from api.context import Connection, Context, Here
from api.documentation import answers
from api.errors import Unauthenticated
from api.schemas import Cursor, Id, Limit, Page

router = APIRouter(prefix="/api/v1/auth", tags=["auth"], route_class=GuardedRoute)

Anybody = Annotated[None, public()]
Everyone = Annotated[Person, may(*Role)]
Mine = Annotated[Session, Depends(current_session)]
Used = Annotated[Credential, Depends(credential)]


def _client(request: Request) -> Client:
    address = request.client.host if request.client else None
    return service.client_of(address, request.headers.get("user-agent"))


From = Annotated[Client, Depends(_client)]


@router.post("/token", responses=answers("unauthenticated", "locked_out", "database_unavailable"))
async def get_token(
    _who: Anybody,
    here: Here,
    client: From,
    username: Annotated[str, Form(max_length=64, examples=["manager"])],
    password: Annotated[str, Form(max_length=256, examples=["correct horse battery"])],
    grant_type: Annotated[str | None, Form(pattern="^(password)?$", examples=["password"])] = None,
) -> Token:
    """Opens a session of twelve hours for a script; 401 for an unknown user as for a wrong password."""
    issued = await service.log_in(here.engine, username, password, client)
    return Token(access_token=issued.token, token_type="bearer", expires_at=issued.expires_at)  # noqa: S106  # the token type of RFC 6750 # nosec B106


@router.delete("/token", status_code=204)
async def log_out(who: Everyone, connection: Connection, mine: Mine, used: Used, response: Response) -> None:
    """Ends this session at once."""
    await sessions.revoke(connection, who.id, mine.id)
    if used.by_cookie:
        response.delete_cookie(COOKIE, httponly=True, samesite="strict")


@router.post("/login", responses=answers("unauthenticated", "csrf", "locked_out", "database_unavailable"))
async def log_in(
    _who: Anybody, here: Here, client: From, request: Request, response: Response, typed: Credentials
) -> LoggedIn:
    """Opens a session of twelve hours for a browser, which gets its token as a cookie that no script can read."""
    refuse_cross_site(request)
    issued = await service.log_in(here.engine, typed.username, typed.password, client)
    person = await _holder(here, issued.token)
    is_safe = request.url.scheme == "https"
    response.set_cookie(COOKIE, issued.token, httponly=True, samesite="strict", secure=is_safe, path="/")
    return LoggedIn(user=_me(person, here), csrf_token=csrf_token(issued.token), expires_at=issued.expires_at)


@router.get("/me")
async def me(who: Everyone, here: Here, used: Used) -> MeHere:
    """Who is logged in, and for a browser the token that its requests must carry."""
    return MeHere(csrf_token=csrf_token(used.token) if used.by_cookie else None, **_me(who, here).model_dump())


@router.get("/sessions")
async def my_sessions(
    _who: Everyone, connection: Connection, here: Here, mine: Mine, cursor: Cursor = None, limit: Limit = 50
) -> Page[OwnSession]:
    """Where you are logged in, newest first."""
    items, following = await service.own_sessions(connection, here, mine, cursor, limit)
    return Page(items=items, next=following)


@router.delete("/sessions/{session_id}", status_code=204, responses=answers("unknown_session"))
async def end_my_session(_who: Everyone, connection: Connection, mine: Mine, session_id: Id) -> None:
    """Ends one of your own sessions at once."""
    await service.end_session(connection, mine, str(session_id))


async def _holder(here: Context, token: str) -> Person:
    async with here.engine.connect() as connection:
        person = await sessions.holder(connection, token, here.session_idle)
    if person is None:  # the account was closed in this very moment
        raise Unauthenticated
    return person


def _me(who: Person, here: Context) -> Me:
    facts = {"id": who.id, "username": who.username, "name": who.name, "extension": who.extension}
    return Me(roles=sorted(who.roles), zone=here.zone.key, **facts)
