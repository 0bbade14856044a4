"""Every route x every role x every kind of token, against a table written by hand."""

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import update
from structlog.testing import capture_logs

from api.access import COOKIE, GuardedRoute, check_every_route_is_guarded, may, public, routes_of
from api.auth.roles import Role
from api.auth.rules import SAFE_METHODS, csrf_token
from api.auth.sessions import Person
from api.auth.tables import auth_sessions, users
from api.errors import UnguardedRoute
from api.ids import new_id
from tests.api.asker import ask
from tests.api.office import V1, Headers, Office, engine_side, refused

EVERYBODY = set(Role)
LEADING = {Role.MANAGER, Role.SUPERVISOR}
SELLING = {Role.AGENT, Role.TEAM_LEADER}
LISTENING = LEADING | SELLING | {Role.QA_SUPERVISOR, Role.QA_INSPECTOR, Role.COMPLAINT_HANDLER, Role.AUDITOR}
OVERSEEING = {Role.MANAGER, Role.QA_SUPERVISOR, Role.AUDITOR, Role.COMPLAINT_HANDLER}
WATCHING = LEADING | {Role.QA_SUPERVISOR, Role.QA_INSPECTOR, Role.SYSTEM_ADMINISTRATOR}
IMPORTING = LEADING | {Role.DATA_ENTRY_CLERK}
ISSUING = LEADING | {Role.TEAM_LEADER}
READING_NUMBERS = IMPORTING | {Role.TEAM_LEADER, Role.BUSINESS_SUPERVISOR, Role.STATISTICIAN, Role.AUDITOR}
FINDING = (
    IMPORTING
    | {Role.TEAM_LEADER, Role.BUSINESS_SUPERVISOR}
    | {Role.QA_SUPERVISOR, Role.QA_INSPECTOR, Role.COMPLAINT_HANDLER, Role.AUDITOR}
)
ADDING_DNC = LEADING | {Role.TEAM_LEADER, Role.DATA_ENTRY_CLERK, Role.COMPLAINT_HANDLER}
READING_DISPOSITIONS = (
    LEADING
    | SELLING
    | {Role.BUSINESS_SUPERVISOR, Role.QA_SUPERVISOR, Role.QA_INSPECTOR, Role.STATISTICIAN, Role.AUDITOR}
)
WATCHING_PACE = LEADING | {Role.TEAM_LEADER, Role.BUSINESS_SUPERVISOR, Role.AUDITOR, Role.STATISTICIAN}
PUBLIC = {
    ("POST", f"{V1}/auth/token"),
    ("POST", f"{V1}/auth/login"),
    ("GET", "/health"),
    ("GET", "/metrics"),
    ("GET", f"{V1}/openapi.json"),
    ("GET", "/{path:page}"),
    ("HEAD", "/{path:page}"),
}
UNDOCUMENTED = {("GET", f"{V1}/openapi.json"), ("GET", "/{path:page}"), ("HEAD", "/{path:page}")}

ALLOWED: dict[tuple[str, str], set[Role]] = {
    ("GET", "/campaigns/{campaign_id}/pacing"): WATCHING_PACE,
    ("PATCH", "/campaigns/{campaign_id}/pacing"): LEADING,
    ("GET", "/campaigns/{campaign_id}/pacing/moments"): WATCHING_PACE,
    ("POST", "/campaigns/{campaign_id}/pacing/simulate"): LEADING,
    ("GET", "/campaigns/{campaign_id}/stats"): WATCHING_PACE,
    ("DELETE", "/auth/token"): EVERYBODY,
    ("GET", "/auth/me"): EVERYBODY,
    ("GET", "/auth/sessions"): EVERYBODY,
    ("DELETE", "/auth/sessions/{session_id}"): EVERYBODY,
    ("GET", "/users"): {Role.MANAGER, Role.SYSTEM_ADMINISTRATOR},
    ("DELETE", "/users/{user_id}/sessions"): {Role.MANAGER, Role.SYSTEM_ADMINISTRATOR},
    ("GET", "/campaigns"): LEADING | SELLING | {Role.BUSINESS_SUPERVISOR, Role.DATA_ENTRY_CLERK},
    ("GET", "/campaigns/{campaign_id}"): LEADING | SELLING | {Role.BUSINESS_SUPERVISOR, Role.DATA_ENTRY_CLERK},
    ("POST", "/campaigns"): LEADING | {Role.BUSINESS_SUPERVISOR},
    ("PATCH", "/campaigns/{campaign_id}"): LEADING,
    ("POST", "/campaigns/{campaign_id}/start"): LEADING,
    ("POST", "/campaigns/{campaign_id}/pause"): LEADING,
    ("POST", "/campaigns/{campaign_id}/stop"): LEADING,
    ("POST", "/numbers/imports"): IMPORTING,
    ("PUT", "/numbers/imports/{import_id}/file"): IMPORTING,
    ("GET", "/numbers/imports"): READING_NUMBERS,
    ("GET", "/numbers/imports/{import_id}"): READING_NUMBERS,
    ("POST", "/numbers/imports/{import_id}/start"): IMPORTING,
    ("POST", "/numbers/imports/{import_id}/check"): IMPORTING,
    ("POST", "/numbers/imports/{import_id}/cancel"): IMPORTING,
    ("POST", "/numbers/imports/{import_id}/undo"): IMPORTING,
    ("GET", "/numbers/imports/{import_id}/rejects"): IMPORTING,
    ("GET", "/numbers/lists"): READING_NUMBERS,
    ("PATCH", "/numbers/lists/{list_id}"): IMPORTING,
    ("PUT", "/numbers/lists/{list_id}/consent"): IMPORTING,
    ("GET", "/numbers/stock"): ISSUING,
    ("POST", "/numbers/draws"): ISSUING,
    ("POST", "/numbers/issues"): ISSUING,
    ("POST", "/numbers/take-backs"): ISSUING,
    ("POST", "/numbers/returns"): ISSUING | {Role.AGENT},
    ("POST", "/numbers/transfers"): ISSUING,
    ("GET", "/numbers/moves"): READING_NUMBERS | {Role.AGENT},
    ("GET", "/numbers/moves/{move_id}"): READING_NUMBERS | {Role.AGENT},
    ("POST", "/numbers/moves/{move_id}/undo"): ISSUING,
    ("GET", "/numbers/holdings"): READING_NUMBERS | {Role.AGENT},
    ("GET", "/numbers/held"): SELLING,
    ("GET", "/numbers/differences"): READING_NUMBERS | {Role.AGENT},
    ("POST", "/numbers/differences/settle"): LEADING,
    ("POST", "/numbers/shifts/close"): ISSUING | {Role.AGENT},
    ("GET", "/numbers/refused"): ISSUING,
    ("GET", "/numbers/shifts"): READING_NUMBERS | {Role.AGENT},
    ("GET", "/teams"): LEADING | {Role.TEAM_LEADER, Role.SYSTEM_ADMINISTRATOR, Role.HR_SUPERVISOR},
    ("POST", "/teams"): LEADING | {Role.SYSTEM_ADMINISTRATOR},
    ("PATCH", "/teams/{team_id}"): LEADING | {Role.SYSTEM_ADMINISTRATOR},
    ("PUT", "/teams/{team_id}/members"): LEADING | {Role.SYSTEM_ADMINISTRATOR},
    ("GET", "/sellers"): LEADING | {Role.SYSTEM_ADMINISTRATOR},
    ("GET", "/leads"): FINDING,
    ("GET", "/leads/{lead_id}"): FINDING | {Role.AGENT},
    ("GET", "/leads/{lead_id}/why"): FINDING | {Role.AGENT},
    ("GET", "/campaigns/{campaign_id}/why"): LEADING | {Role.TEAM_LEADER, Role.BUSINESS_SUPERVISOR, Role.AUDITOR},
    ("GET", "/dispositions"): READING_DISPOSITIONS,
    ("PUT", "/dispositions"): LEADING,
    ("GET", "/campaigns/{campaign_id}/dispositions"): READING_DISPOSITIONS,
    ("PUT", "/campaigns/{campaign_id}/dispositions"): LEADING,
    ("GET", "/callbacks"): LEADING | SELLING,
    ("PATCH", "/callbacks/{callback_id}"): LEADING | SELLING,
    ("GET", "/agents"): LEADING | {Role.TEAM_LEADER, Role.QA_SUPERVISOR, Role.QA_INSPECTOR},
    ("POST", "/agents/me/session"): SELLING,
    ("GET", "/agents/me/session"): SELLING,
    ("PATCH", "/agents/me/session"): SELLING,
    ("DELETE", "/agents/me/session"): SELLING,
    ("GET", "/calendars"): READING_DISPOSITIONS - {Role.STATISTICIAN} | {Role.DATA_ENTRY_CLERK, Role.QA_INSPECTOR},
    ("PUT", "/calendars"): LEADING,
    ("GET", "/dnc"): ADDING_DNC | {Role.BUSINESS_SUPERVISOR, Role.QA_SUPERVISOR, Role.AUDITOR},
    ("GET", "/dnc/prefixes"): ADDING_DNC | {Role.BUSINESS_SUPERVISOR, Role.QA_SUPERVISOR, Role.AUDITOR},
    ("POST", "/dnc"): ADDING_DNC,
    ("POST", "/dnc/prefixes"): LEADING,
    ("POST", "/dnc/{entry_id}/withdrawals"): LEADING | {Role.COMPLAINT_HANDLER},
    ("GET", "/dnc/withdrawals"): LEADING | {Role.COMPLAINT_HANDLER, Role.AUDITOR},
    ("POST", "/dnc/withdrawals/{withdrawal_id}/approve"): {Role.MANAGER},
    ("POST", "/dnc/withdrawals/{withdrawal_id}/refuse"): {Role.MANAGER},
    ("GET", "/calls"): LISTENING,
    ("POST", "/calls"): SELLING,
    ("GET", "/calls/{call_id}"): LISTENING,
    ("POST", "/calls/{call_id}/number"): {Role.DATA_ENTRY_CLERK, Role.COMPLAINT_HANDLER},
    ("POST", "/calls/{call_id}/hangup"): SELLING | LEADING,
    ("POST", "/calls/{call_id}/disposition"): SELLING,
    ("POST", "/calls/{call_id}/redial"): SELLING,
    ("POST", "/calls/{call_id}/pause-recording"): SELLING,
    ("POST", "/calls/{call_id}/resume-recording"): SELLING,
    ("GET", "/emergency-stop"): EVERYBODY,
    ("POST", "/emergency-stop"): LEADING | {Role.SYSTEM_ADMINISTRATOR},
    ("DELETE", "/emergency-stop"): LEADING,
    ("GET", "/recordings"): LISTENING,
    ("GET", "/recordings/choices"): LISTENING,
    ("POST", "/exports/recordings"): LEADING | {Role.QA_SUPERVISOR, Role.AUDITOR, Role.STATISTICIAN},
    ("GET", "/recordings/{call_id}"): LISTENING,
    ("GET", "/recordings/{call_id}/peaks"): LISTENING,
    ("GET", "/recordings/{call_id}/audio"): LISTENING,
    ("GET", "/recordings/{call_id}/verify"): LISTENING,
    ("POST", "/recorder/self-test"): WATCHING - {Role.SUPERVISOR},
    ("POST", "/recordings/{call_id}/listenings"): LISTENING,
    ("GET", "/recordings/{call_id}/listenings"): OVERSEEING,
    ("GET", "/recordings/{call_id}/notes"): LISTENING,
    ("POST", "/recordings/{call_id}/notes"): LISTENING,
    ("DELETE", "/recordings/{call_id}/notes/{note_id}"): LISTENING,
    ("GET", "/recordings/{call_id}/timeline"): LISTENING,
    ("POST", "/calls/{call_id}/evidence"): OVERSEEING,
    ("POST", "/recordings/{call_id}/clips"): {Role.MANAGER, Role.COMPLAINT_HANDLER},
    ("GET", "/completeness"): LEADING | {Role.QA_SUPERVISOR, Role.QA_INSPECTOR, Role.AUDITOR},
    ("GET", "/completeness/certificate"): LEADING | {Role.QA_SUPERVISOR, Role.QA_INSPECTOR, Role.AUDITOR},
    ("GET", "/completeness/open"): LEADING | {Role.QA_SUPERVISOR, Role.QA_INSPECTOR, Role.AUDITOR},
    ("POST", "/recordings/{call_id}/holds"): OVERSEEING,
    ("GET", "/holds"): OVERSEEING,
    ("POST", "/holds/{hold_id}/lift"): {Role.MANAGER},
    ("POST", "/recordings/{call_id}/erasures"): {Role.MANAGER, Role.COMPLAINT_HANDLER, Role.AUDITOR},
    ("GET", "/erasures"): {Role.MANAGER, Role.COMPLAINT_HANDLER, Role.AUDITOR},
    ("POST", "/erasures/{erasure_id}/approve"): {Role.MANAGER},
    ("POST", "/erasures/{erasure_id}/refuse"): {Role.MANAGER},
    ("GET", "/retention"): OVERSEEING,
    ("PUT", "/retention"): {Role.MANAGER},
    ("GET", "/incidents"): WATCHING | {Role.AUDITOR},
    ("GET", "/incidents/standing"): WATCHING | {Role.AUDITOR},
    ("GET", "/incidents/{incident_id}"): WATCHING | {Role.AUDITOR},
    ("POST", "/incidents/{incident_id}/take"): WATCHING,
    ("POST", "/incidents/{incident_id}/close"): WATCHING,
    ("GET", "/alarms/receivers"): WATCHING | {Role.AUDITOR},
    ("PUT", "/alarms/receivers"): {Role.MANAGER},
    ("GET", "/floor"): LEADING | {Role.TEAM_LEADER, Role.QA_SUPERVISOR, Role.QA_INSPECTOR, Role.BUSINESS_SUPERVISOR},
    ("GET", "/events"): LEADING
    | {Role.TEAM_LEADER, Role.QA_SUPERVISOR, Role.QA_INSPECTOR, Role.BUSINESS_SUPERVISOR, Role.AGENT},
    ("GET", "/practice/agents"): LEADING | {Role.AGENT},
    ("POST", "/practice/agents"): LEADING,
    ("POST", "/practice/customers"): LEADING,
}


@dataclass(frozen=True)
class Tokens:
    """The tokens of one role: a live one, and those that must open nothing."""

    live: str
    other: str  # live too, of another session
    dead: Mapping[str, str]


def routes(app: FastAPI) -> set[tuple[str, str]]:
    found = [route for route in routes_of(app.routes) if isinstance(route, APIRoute)]
    return {(method, route.path) for route in found for method in route.methods or ()}


def concrete(path: str) -> str:
    return re.sub(r"\{[a-z_]+\}", lambda _name: new_id(), V1 + path)


def by_bearer(token: str) -> Headers:
    return {"Authorization": f"Bearer {token}"}


def by_cookie(token: str, csrf: str | None = None) -> Headers:
    return {"Cookie": f"{COOKIE}={token}"} | ({"X-CSRF-Token": csrf} if csrf else {})


async def a_token(office: Office, role: Role, change: Any = None) -> str:
    """A session's token, after `change` was done to what belongs to it."""
    who = await office.someone(role)
    if change is not None:
        table, column, values = change
        async with office.engine.begin() as connection:
            await connection.execute(update(table).where(column == who.id).values(values))
    return who.headers["Authorization"].removeprefix("Bearer ")


async def tokens_of(office: Office, role: Role) -> Tokens:
    past = datetime(2026, 1, 1, tzinfo=UTC)
    mine = auth_sessions.c.user_id
    changes: dict[str, Any] = {
        "expired": (auth_sessions, mine, {"expires_at": past}),
        "revoked": (auth_sessions, mine, {"revoked_at": past}),
        "idle": (auth_sessions, mine, {"last_seen_at": past}),
        "closed": (users, users.c.id, {"active": False}),
    }
    dead = {name: await a_token(office, role, change) for name, change in changes.items()}
    live = await a_token(office, role)
    forged = live[:-1] + ("A" if live[-1] != "A" else "B")
    signed = "eyJhbGciOiJub25lIn0.eyJyb2xlcyI6WyJtYW5hZ2VyIl19." + live
    malformed = {"long": "x" * 5000, "signed": signed, "forged": forged, "no token": "wrong", "bytes": "\xfc" * 43}
    return Tokens(live, await a_token(office, role), dead | malformed)


def test_the_table_names_every_route_and_so_does_the_document(office: Office) -> None:
    guarded = {(method, V1 + path) for method, path in ALLOWED}
    assert routes(office.app) == guarded | PUBLIC
    paths = office.app.openapi()["paths"]
    documented = {(method.upper(), path) for path, operations in paths.items() for method in operations}
    assert documented == (guarded | PUBLIC) - UNDOCUMENTED


def wrong_ways(method: str, tokens: Tokens) -> Iterator[tuple[Headers, int, str]]:
    """Every way to ask that nobody of the role gets in by, with the status and the reason that it must give."""
    for token in tokens.dead.values():
        yield by_bearer(token), 401, "unauthenticated"
        yield by_cookie(token), 401, "unauthenticated"
        if method not in SAFE_METHODS:
            yield by_cookie(token, csrf_token(token)), 401, "unauthenticated"
    yield by_bearer("x") | by_cookie(tokens.live, csrf_token(tokens.live)), 401, "unauthenticated"
    yield {"Authorization": f"Basic {tokens.live}"}, 401, "unauthenticated"
    if method not in SAFE_METHODS:
        yield by_cookie(tokens.live), 403, "csrf"
        yield by_cookie(tokens.live, csrf_token(tokens.other)), 403, "csrf"
        good = by_cookie(tokens.live, csrf_token(tokens.live))
        yield good | {"Sec-Fetch-Site": "cross-site"}, 403, "csrf"


def whose(nth: int) -> list[Role]:
    """Whose wrong ways this route is asked in: in turn one role's, everybody's in `make soak`."""
    everybody = list(Role)
    return everybody if os.environ.get("TIANZHOU_ROLES") == "all" else [everybody[nth % len(everybody)]]


@pytest.fixture
def no_log() -> Iterator[None]:
    """Thousands of lines that nobody reads take longer than the requests."""
    with capture_logs():
        yield


@pytest.mark.usefixtures("no_log")
async def test_the_role_matrix(office: Office) -> None:
    """Every route x every role x every way to ask: in where the table says, and out everywhere else."""
    tokens = {role: await tokens_of(office, role) for role in Role}
    done = Counter[str]()
    async with engine_side(office, defaultdict(lambda: refused("state_forbidden"))):
        for nth, ((method, path), allowed) in enumerate(ALLOWED.items()):
            for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer"}, {"Cookie": f"{COOKIE}="}):
                answer = await ask(office.app, method, concrete(path), headers, b"{")
                assert (answer.status, answer.reason) == (401, "unauthenticated"), (method, path, headers)
                assert answer.headers["www-authenticate"] == "Bearer"
                done["nobody"] += 1
            for role in whose(nth):
                for headers, status, reason in wrong_ways(method, tokens[role]):
                    answer = await ask(office.app, method, concrete(path), headers, b"{")
                    assert (answer.status, answer.reason) == (status, reason), (method, path, role, headers)
                    done["wrong"] += 1
            for role in Role:
                for way in (by_bearer, lambda token: by_cookie(token, csrf_token(token))):
                    leaves = (method, path) == ("DELETE", "/auth/token")
                    token = await a_token(office, role) if leaves else tokens[role].live
                    answer = await ask(office.app, method, concrete(path), way(token), b"{")
                    if role in allowed:
                        assert answer.status not in (401, 403) and answer.status < 500, (method, path, role, answer)
                    else:
                        assert (answer.status, answer.reason) == (403, "forbidden"), (method, path, role)
                    done["good"] += 1
    unsafe = sum(method not in SAFE_METHODS for method, _path in ALLOWED)
    safe = len(ALLOWED) - unsafe
    assert done["nobody"] == 4 * len(ALLOWED) and done["good"] == 2 * 13 * len(ALLOWED)
    assert done["wrong"] == len(whose(0)) * (safe * (9 * 2 + 2) + unsafe * (9 * 3 + 5))
    print(f"{done.total()} ways to ask {len(ALLOWED)} routes, all as the table says")


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
