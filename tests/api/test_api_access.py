"""Every route x every role x every kind of token, against a table written by hand."""

from datetime import UTC, datetime
from typing import Annotated

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import func, update

from api.access import GuardedRoute, check_every_route_is_guarded, may, public, routes_of
from api.auth.roles import Role
from api.auth.sessions import Person
from api.auth.tables import auth_sessions, users
from api.errors import UnguardedRoute
from api.ids import new_id
from tests.api.office import V1, Office, assert_problem

EVERYBODY = set(Role)
LEADING = {Role.MANAGER, Role.SUPERVISOR}
SELLING = {Role.AGENT, Role.TEAM_LEADER}
LISTENING = LEADING | SELLING | {Role.QA_SUPERVISOR, Role.QA_INSPECTOR, Role.COMPLAINT_HANDLER, Role.AUDITOR}
PUBLIC = {
    ("POST", f"{V1}/auth/token"),
    ("POST", f"{V1}/auth/login"),
    ("GET", "/health"),
    ("GET", f"{V1}/openapi.json"),
}

ALLOWED: dict[tuple[str, str], set[Role]] = {
    ("DELETE", "/auth/token"): EVERYBODY,
    ("GET", "/auth/me"): EVERYBODY,
    ("GET", "/auth/sessions"): EVERYBODY,
    ("DELETE", "/auth/sessions/{session_id}"): EVERYBODY,
    ("GET", "/users"): {Role.MANAGER, Role.SYSTEM_ADMINISTRATOR},
    ("DELETE", "/users/{user_id}/sessions"): {Role.MANAGER, Role.SYSTEM_ADMINISTRATOR},
    ("GET", "/campaigns"): LEADING | SELLING | {Role.BUSINESS_SUPERVISOR},
    ("GET", "/campaigns/{campaign_id}"): LEADING | SELLING | {Role.BUSINESS_SUPERVISOR},
    ("POST", "/campaigns"): LEADING | {Role.BUSINESS_SUPERVISOR},
    ("POST", "/campaigns/{campaign_id}/start"): LEADING,
    ("POST", "/campaigns/{campaign_id}/pause"): LEADING,
    ("POST", "/campaigns/{campaign_id}/stop"): LEADING,
    ("GET", "/agents"): LEADING | {Role.TEAM_LEADER, Role.QA_SUPERVISOR, Role.QA_INSPECTOR},
    ("POST", "/agents/me/session"): SELLING,
    ("GET", "/agents/me/session"): SELLING,
    ("PATCH", "/agents/me/session"): SELLING,
    ("DELETE", "/agents/me/session"): SELLING,
    ("GET", "/calls"): LISTENING,
    ("POST", "/calls"): SELLING,
    ("GET", "/calls/{call_id}"): LISTENING,
    ("POST", "/calls/{call_id}/hangup"): SELLING | LEADING,
    ("POST", "/calls/{call_id}/disposition"): SELLING,
    ("GET", "/recordings"): LISTENING,
    ("GET", "/recordings/choices"): LISTENING,
    ("GET", "/recordings/{call_id}"): LISTENING,
    ("GET", "/recordings/{call_id}/peaks"): LISTENING,
    ("GET", "/recordings/{call_id}/audio"): LISTENING,
    ("GET", "/recordings/{call_id}/verify"): LISTENING,
    ("GET", "/completeness"): LEADING | {Role.QA_SUPERVISOR, Role.QA_INSPECTOR, Role.AUDITOR},
    ("GET", "/completeness/open"): LEADING | {Role.QA_SUPERVISOR, Role.QA_INSPECTOR, Role.AUDITOR},
    ("GET", "/floor"): LEADING
    | {Role.TEAM_LEADER, Role.QA_SUPERVISOR, Role.QA_INSPECTOR, Role.BUSINESS_SUPERVISOR},
    ("GET", "/practice/agents"): LEADING | {Role.AGENT},
    ("POST", "/practice/agents"): LEADING,
    ("POST", "/practice/customers"): LEADING,
}


def routes(app: FastAPI) -> list[tuple[str, str]]:
    found = [route for route in routes_of(app.routes) if isinstance(route, APIRoute)]
    return [(method, route.path) for route in found for method in sorted(route.methods or ())]


def concrete(path: str) -> str:
    return path.replace("{campaign_id}", new_id()).replace("{call_id}", new_id())


def test_the_table_names_every_route(office: Office) -> None:
    guarded = {(method, V1 + path) for method, path in ALLOWED}
    assert set(routes(office.app)) == guarded | PUBLIC


async def test_nobody_enters_without_a_good_token(office: Office) -> None:
    gone = await office.someone(*Role)
    late = await office.someone(*Role)
    closed = await office.someone(*Role)
    async with office.engine.begin() as connection:
        mine = auth_sessions.c.user_id
        await connection.execute(update(auth_sessions).where(mine == gone.id).values(revoked_at=func.now()))
        past = datetime(2026, 1, 1, tzinfo=UTC)
        await connection.execute(update(auth_sessions).where(mine == late.id).values(expires_at=past))
        await connection.execute(update(users).where(users.c.id == closed.id).values(active=False))
    wrong = [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp4"}, {"Authorization": "Bearer "}]
    wrong += [{"Authorization": "Bearer " + "x" * 5000}, gone.headers, late.headers, closed.headers]
    for method, path in ALLOWED:
        for headers in wrong:
            response = await office.http.request(method, concrete(V1 + path), headers=headers, content=b"{")
            assert_problem(response, 401, "unauthenticated")
            assert response.headers["www-authenticate"] == "Bearer"


async def test_each_role_enters_where_the_table_says_and_nowhere_else(office: Office) -> None:
    for role in Role:
        regular = await office.someone(role)
        for (method, path), allowed in ALLOWED.items():
            leaves = (method, path) == ("DELETE", "/auth/token")
            who = await office.someone(role) if leaves else regular
            response = await office.http.request(method, concrete(V1 + path), headers=who.headers)
            if role in allowed:
                assert response.status_code not in (401, 403), (role, method, path)
            else:
                assert_problem(response, 403, "forbidden")


def test_an_app_with_a_route_that_names_nobody_is_not_built() -> None:
    async def nothing() -> None: ...

    async def twice(_a: Annotated[None, public()], _b: Annotated[Person, may(Role.AGENT)]) -> None: ...

    async def fine(_a: Annotated[Person, may(Role.AGENT)]) -> None: ...

    for endpoint in (nothing, twice):
        with pytest.raises(UnguardedRoute):
            APIRouter(route_class=GuardedRoute).add_api_route("/x", endpoint)
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    plain = APIRouter()
    plain.add_api_route("/x", fine)
    app.include_router(plain)
    with pytest.raises(UnguardedRoute, match="/x"):
        check_every_route_is_guarded(app)
    with pytest.raises(UnguardedRoute):
        may()
