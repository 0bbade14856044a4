"""Who may use a route. Every route is denied unless it says so, and the app is not built if one says nothing.

A route declares `Annotated[Person, may(Role.X, ...)]` or `Annotated[None, public()]` as a parameter, and its router
has `route_class=GuardedRoute`, which admits the person before the body is read.
"""

from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.routing import APIRoute
from fastapi.security import OAuth2PasswordBearer
from starlette.routing import BaseRoute

from api.auth import sessions
from api.auth.roles import Role
from api.auth.sessions import Person
from api.errors import Forbidden, Unauthenticated, UnguardedRoute

TOKEN_MAX = 128
_bearer = OAuth2PasswordBearer(tokenUrl="/api/v1/auth/token", auto_error=False)


class Gate:
    """Names who may; as a dependency it gives the person whom GuardedRoute admitted."""

    def __init__(self, roles: frozenset[Role]) -> None:
        self.roles = roles

    def __call__(self, request: Request, _documented: Annotated[str | None, Depends(_bearer)]) -> Person:
        person = getattr(request.state, "person", None)
        if not isinstance(person, Person) or self.roles.isdisjoint(person.roles):
            raise Unauthenticated
        return person


class OpenGate:
    """Says that anybody may."""

    def __call__(self) -> None:
        return None


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
            if isinstance(gate, Gate):
                request.state.person = await admit(request, gate)
            return await inside(request)

        return guarded


async def admit(request: Request, gate: Gate) -> Person:
    """The person behind the request's token. Raises Unauthenticated or Forbidden."""
    token = await _bearer(request)
    if not token or len(token) > TOKEN_MAX or not token.isascii():
        raise Unauthenticated
    async with request.app.state.context.engine.connect() as connection:
        person = await sessions.holder(connection, token)
    if person is None:
        raise Unauthenticated
    if gate.roles.isdisjoint(person.roles):
        raise Forbidden
    return person


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


def bearer_token(token: Annotated[str | None, Depends(_bearer)]) -> str:
    """The token as sent; only behind a gate."""
    if token is None:
        raise Unauthenticated
    return token
