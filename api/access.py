"""Who may use a route. Every route is denied unless it says so, and the app is not built if one says nothing.

A route declares `Annotated[Person, may(Role.X, ...)]` or `Annotated[None, public()]` as a parameter, and its router
has `route_class=GuardedRoute`, which admits the person before the body is read. The person is known by a bearer token
or by the cookie of a browser; with the cookie, a request that changes something must carry the CSRF token too.
"""

from collections.abc import Callable, Coroutine, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any

import structlog
from fastapi import Depends, FastAPI, Request, Response
from fastapi.routing import APIRoute
from fastapi.security import APIKeyCookie, OAuth2PasswordBearer
from fastapi.security.utils import get_authorization_scheme_param
from starlette.routing import BaseRoute

from api.auth import sessions
from api.auth.roles import Role
from api.auth.rules import SAFE_METHODS, is_cross_site, is_csrf_token
from api.auth.sessions import Person, Session
from api.errors import CrossSite, Forbidden, Unauthenticated, UnguardedRoute
from dialer.core.ids import is_attempt_id

COOKIE = "tianzhou_session"
CSRF_HEADER = "X-CSRF-Token"
TOKEN_MAX = 128
# these two only document; `credential` reads
_bearer = OAuth2PasswordBearer(tokenUrl="/api/v1/auth/token", auto_error=False, scheme_name="bearer")
_cookie = APIKeyCookie(name=COOKIE, auto_error=False, scheme_name="cookie")


@dataclass(frozen=True)
class Credential:
    """What a request carried to say whose it is."""

    token: str = field(repr=False)
    by_cookie: bool


class Gate:
    """Names who may; as a dependency it gives the person whom GuardedRoute admitted."""

    def __init__(self, roles: frozenset[Role]) -> None:
        self.roles = roles

    def __call__(
        self,
        request: Request,
        _by_bearer: Annotated[str | None, Depends(_bearer)],
        _by_cookie: Annotated[str | None, Depends(_cookie)],
    ) -> Person:
        """The person whom GuardedRoute admitted. Raises Unauthenticated without one, so it cannot be forgotten."""
        person = getattr(request.state, "person", None)
        if not isinstance(person, Person) or self.roles.isdisjoint(person.roles):
            raise Unauthenticated
        return person


class OpenGate:
    """Says that anybody may."""

    def __call__(self) -> None:
        """Asks nothing."""


def may(*roles: Role) -> Any:
    """The dependency of a route that these roles, and nobody else, may use."""
    if not roles:
        raise UnguardedRoute("may() names nobody")
    return Depends(Gate(frozenset(roles)))


def public() -> Any:
    """The dependency of a route that anybody may use."""
    return Depends(OpenGate())


class GuardedRoute(APIRoute):
    """A route that lets nobody in but those its gate names."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The usual handler behind the gate."""
        inside = super().get_route_handler()
        gate = gate_of(self)

        async def guarded(request: Request) -> Response:
            _note_call(request)
            if isinstance(gate, Gate):
                request.state.person = await admit(request, gate)
            return await inside(request)

        return guarded


async def admit(request: Request, gate: Gate) -> Person:
    """The person behind the request's token or cookie. Raises Unauthenticated, CrossSite or Forbidden."""
    used = credential(request)
    session = await look_up(request, used.token)
    if session is None:
        raise Unauthenticated
    if used.by_cookie:
        _refuse_forgery(request, used.token)
    if gate.roles.isdisjoint(session.person.roles):
        raise Forbidden
    request.state.session = session
    return session.person


async def look_up(request: Request, token: str) -> Session | None:
    """The live session of a token, whose use is noted at most once a minute. A stream asks again now and then."""
    here = request.app.state.context
    async with here.engine.connect() as connection:
        session = await sessions.find(connection, token, here.session_idle)
    if session is not None and session.is_stale:
        async with here.engine.begin() as connection:
            await sessions.touch(connection, session.id)
    return session


def credential(request: Request) -> Credential:
    """What the request carries; one with an Authorization header never uses the cookie. Raises Unauthenticated."""
    said = request.headers.get("authorization")
    if said is None:
        return Credential(_checked(request.cookies.get(COOKIE)), by_cookie=True)
    scheme, token = get_authorization_scheme_param(said)
    return Credential(_checked(token if scheme.lower() == "bearer" else None), by_cookie=False)


def current_session(request: Request) -> Session:
    """The session that GuardedRoute admitted; only behind a gate."""
    session = getattr(request.state, "session", None)
    if not isinstance(session, Session):
        raise Unauthenticated
    return session


def refuse_cross_site(request: Request) -> None:
    """Raises CrossSite when the browser says that another site's page made the request."""
    headers = request.headers
    if is_cross_site(headers.get("sec-fetch-site"), headers.get("origin"), headers.get("host", "")):
        raise CrossSite("This request came from the page of another site.")


def gate_of(route: APIRoute) -> Gate | OpenGate:
    """The one gate of a route. Raises UnguardedRoute when it has none, or two."""
    found = [item.call for item in route.dependant.dependencies if isinstance(item.call, Gate | OpenGate)]
    if len(found) != 1:
        raise UnguardedRoute(f"{sorted(route.methods or ())} {route.path} must say who may use it, once")
    return found[0]


def check_every_route_is_guarded(app: FastAPI) -> None:
    """Refuses an app with a route that names nobody. Raises UnguardedRoute."""
    for route in routes_of(app.routes):
        if not isinstance(route, GuardedRoute):
            raise UnguardedRoute(f"{getattr(route, 'path', route)} is not a GuardedRoute")
        gate_of(route)


def routes_of(routes: Iterable[BaseRoute]) -> Iterator[BaseRoute]:
    """All routes, those of included routers too (FastAPI keeps them nested)."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is None:
            yield route
        else:
            yield from routes_of(inner.routes)


def _checked(token: str | None) -> str:
    if not token or len(token) > TOKEN_MAX or not token.isascii():
        raise Unauthenticated
    return token


def _refuse_forgery(request: Request, token: str) -> None:
    """A browser sends the cookie whoever made the request; the CSRF token only our own page can send."""
    if request.method in SAFE_METHODS:
        return
    refuse_cross_site(request)
    if not is_csrf_token(request.headers.get(CSRF_HEADER), token):
        raise CrossSite(f"Send the csrf_token of your login in the header {CSRF_HEADER}.")


def _note_call(request: Request) -> None:
    """Binds the call's id to the log; whatever else stands in its place in the path is not logged."""
    call_id = str(request.path_params.get("call_id", "")).lower()
    if is_attempt_id(call_id):
        structlog.contextvars.bind_contextvars(call=call_id)
