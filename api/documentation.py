"""The OpenAPI document made exact: who may ask, what each route can answer, and an example of everything.

A route names its own reasons, `@router.post(..., responses=answers("name_taken"))`; what every guarded route can
answer, and what every body can be refused for, is added here.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api import problems
from api.access import CSRF_HEADER, Gate, gate_of, routes_of
from api.auth.roles import Role
from api.auth.rules import SAFE_METHODS
from api.examples import example_of
from api.reasons import look_up

ENGINE = ("engine_unavailable", "refused", "unknown_command")  # whatever the engine is asked
GATES = (  # what may forbid a dial by hand
    *("no_session", "which_campaign", "not_your_campaign", "not_ready", "disposition_missing"),
    *("malformed_number", "dnc", "no_consent", "not_issued", "frequency_cap", "max_attempts"),
    "list_off",
    *("campaign_not_running", "outside_hours", "closing_soon", "caller_id_not_allowed", "emergency_stop", "stopping"),
    *("phone_not_registered", "recorder_down", "disk_reserve", "asterisk_down", "store_down", "trunk_full"),
    "recording_at_risk",
)
PROBLEM_REF = {"$ref": "#/components/schemas/Problem"}
JSON = "application/json"
_RETRY = ("Retry-After", {"description": "seconds", "schema": {"type": "integer"}, "example": 30})
HEADERS: dict[int, tuple[str, dict[str, Any]]] = {
    401: ("WWW-Authenticate", {"description": "how to log in", "schema": {"type": "string"}, "example": "Bearer"}),
    416: (
        "Content-Range",
        {"description": "the whole length", "schema": {"type": "string"}, "example": "bytes */65536"},
    ),
    429: _RETRY,
    503: _RETRY,
}
NOT_OURS = ("HTTPValidationError", "ValidationError")  # FastAPI's own; we answer problems
TAGS = [
    {"name": "auth", "description": "Login, logout, and one's own sessions."},
    {"name": "users", "description": "The people who may log in."},
    {"name": "campaigns", "description": "What is dialed, when and how; started, paused and stopped here."},
    {"name": "pacing", "description": "How many lines are dialed for how many agents: tuned, watched, tried."},
    {"name": "dispositions", "description": "What may be said of a call, and what follows for its number."},
    {"name": "callbacks", "description": "Calls that were promised to a person at a time."},
    {"name": "numbers", "description": "Files of numbers imported, and the lists that they make."},
    {"name": "number ledger", "description": "Numbers drawn, issued, taken back, returned; who has how many."},
    {"name": "teams", "description": "A leader, his agents, and how many numbers they may have open."},
    {"name": "leads", "description": "One number of one person, and why it is called or is not."},
    {"name": "do not call", "description": "Numbers and prefixes that nobody calls; who took one back, and why."},
    {"name": "calendars", "description": "When people of each region are called: rest hours, weekends, holidays."},
    {"name": "agents", "description": "An agent's shift, and who is at work."},
    {"name": "calls", "description": "Every attempt; calls dialed by hand, hangup, disposition."},
    {"name": "recordings", "description": "Found and verified."},
    {"name": "listening", "description": "Heard, with why and by whom; what was noted at its seconds."},
    {"name": "evidence", "description": "A call as a zip that proves itself to anybody, offline."},
    {"name": "completeness", "description": "How complete a day's recordings are, and its signed certificate."},
    {"name": "incidents", "description": "What went wrong with recording, and who looks after it."},
    {"name": "exports", "description": "Lists taken away as files, each with its reason."},
    {"name": "retention", "description": "How long recordings are kept; held, or ordered to be erased."},
    {"name": "floor", "description": "The floor as it is now, and everything that changes on it."},
    {"name": "emergency", "description": "Stopping everything at once."},
    {"name": "practice", "description": "The practice floor: its agents and its customers."},
    {"name": "health", "description": "Whether the centre works; for people and for monitoring."},
]
Operation = dict[str, Any]


def answers(*reasons: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that can answer these reasons."""
    by_status: dict[int | str, list[str]] = defaultdict(list)
    for reason in reasons:
        by_status[look_up(reason).status].append(reason)
    return {status: _answer(int(status), of_it) for status, of_it in by_status.items()}


def declare(app: FastAPI, document: dict[str, Any]) -> None:
    """Completes the document of the app; may run again."""
    schemas = document["components"]["schemas"]
    for name in NOT_OURS:
        schemas.pop(name, None)
    schemas.setdefault("FieldError", problems.FieldError.model_json_schema())
    schemas.setdefault("Problem", problems.Problem.model_json_schema(ref_template="#/components/schemas/{model}"))
    schemas["Problem"].pop("$defs", None)
    schemes = document["components"].setdefault("securitySchemes", {})
    schemes["csrf"] = {"type": "apiKey", "in": "header", "name": CSRF_HEADER}
    for route, method, operation in operations(app, document):
        _declare(route, method, operation, schemas)


def operations(app: FastAPI, document: dict[str, Any]) -> Iterator[tuple[APIRoute, str, Operation]]:
    """Every documented route, each of its methods, and its place in the document."""
    for route in routes_of(app.routes):
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in sorted(route.methods or ()):
                yield route, method, document["paths"][route.path_format][method.lower()]


def _declare(route: APIRoute, method: str, operation: Operation, schemas: dict[str, Any]) -> None:
    said: dict[str, Any] = operation["responses"]
    if JSON in said.get("422", {}).get("content", {}):
        del said["422"]
    for status, answer in answers(*_common(route, method, operation)).items():
        known = said.setdefault(str(status), answer)
        known["content"][problems.MEDIA_TYPE]["examples"] |= answer["content"][problems.MEDIA_TYPE]["examples"]
    if isinstance(gate_of(route), Gate):
        by_cookie: dict[str, list[str]] = {"cookie": []} if method in SAFE_METHODS else {"cookie": [], "csrf": []}
        operation["security"] = [{"bearer": []}, by_cookie]
    operation["responses"] = dict(sorted(said.items()))
    _exemplify(operation, schemas)


def _common(route: APIRoute, method: str, operation: Operation) -> list[str]:
    """The reasons that follow from what the route is."""
    gate, body = gate_of(route), operation.get("requestBody")
    parameters = {parameter["name"] for parameter in operation.get("parameters", ())}
    found = {"invalid_request": bool(body or parameters), "bad_cursor": "cursor" in parameters}
    found |= {"bad_request": bool(body), "content_too_large": bool(body)}
    if isinstance(gate, Gate):
        found |= {"unauthenticated": True, "database_unavailable": True}
        found |= {"forbidden": gate.roles != frozenset(Role), "csrf": method not in SAFE_METHODS}
    return [reason for reason, is_possible in found.items() if is_possible]


def _answer(status: int, reasons: Collection[str]) -> dict[str, Any]:
    examples = {
        reason: {"summary": look_up(reason).advice, "value": problems.document(reason, _sentence(reason))}
        for reason in reasons
    }
    content = {problems.MEDIA_TYPE: {"schema": PROBLEM_REF, "examples": examples}}
    answer = {"description": HTTPStatus(status).phrase, "content": content}
    return answer | ({"headers": {HEADERS[status][0]: HEADERS[status][1]}} if status in HEADERS else {})


def _sentence(reason: str) -> str:
    return f"{reason.replace('_', ' ').capitalize()}."


def _exemplify(operation: Operation, schemas: dict[str, Any]) -> None:
    """Gives an example to everything that is sent, and to everything that is answered."""
    for parameter in operation.get("parameters", ()):
        if "example" not in parameter and "examples" not in parameter["schema"]:
            parameter["example"] = example_of(parameter["schema"], schemas, parameter["name"])
    for content in (operation.get("requestBody", {}), *operation["responses"].values()):
        for media in content.get("content", {}).values():
            if media.get("schema") and not {"example", "examples"} & media.keys():
                media["example"] = example_of(media["schema"], schemas)
