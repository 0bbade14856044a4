"""Errors become RFC 9457 problem documents here and nowhere else; the status of each stands in `reasons.py`.

A document never repeats what was sent: a value may be a password or a person's number.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from api import errors
from api.access import routes_of
from api.reasons import look_up

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:tianzhou:problem:"
RETRY_S = 2  # when to try again while a part of us is away
BUSY_S = 15  # when to try again while others have their turn
NOT_ALLOWED = 405
HTTP_REASONS = {
    404: "not_found",
    NOT_ALLOWED: "method_not_allowed",
    413: "content_too_large",
}  # all others: bad_request


class FieldError(BaseModel):
    """One value that was wrong."""

    field: str = Field(examples=["body.name"])
    message: str = Field(examples=["Field required"])
    type: str = Field(examples=["missing"])


class Problem(BaseModel):
    """RFC 9457 problem document; `reason` is the code that `type` ends in, with underscores."""

    type: str = Field(examples=["urn:tianzhou:problem:session-exists"])
    title: str = Field(examples=["Session exists"])
    status: int = Field(examples=[409])
    detail: str = Field(description="what happened", examples=["There is a session already: end it first"])
    advice: str = Field(description="what to do", examples=["End the session that you have first."])
    reason: str = Field(examples=["session_exists"])
    errors: list[FieldError] | None = None


def document(reason: str, detail: str, wrong: Sequence[FieldError] = ()) -> dict[str, Any]:
    """The problem document of a reason."""
    known = look_up(reason)
    body: dict[str, Any] = {
        "type": TYPE_PREFIX + reason.replace("_", "-"),
        "title": reason.replace("_", " ").capitalize(),
        "status": known.status,
        "detail": detail,
        "advice": known.advice,
        "reason": reason,
    }
    if wrong:
        body["errors"] = [item.model_dump() for item in wrong]
    return body


def problem(
    reason: str, detail: str, wrong: Sequence[FieldError] = (), headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """The answer for one problem."""
    body = document(reason, detail, wrong)
    return JSONResponse(body, body["status"], dict(headers or {}), media_type=MEDIA_TYPE)


def register(app: FastAPI) -> None:
    """Hangs the handlers on the app; anything unforeseen is a 500 without its inside."""
    app.add_exception_handler(errors.ApiError, _on_api_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    for fault in errors.DATABASE_FAULTS:
        app.add_exception_handler(fault, _on_database_fault)
    app.add_exception_handler(Exception, _on_fault)


async def _on_api_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, errors.ApiError)
    wrong: list[FieldError] = []
    if isinstance(error, errors.Invalid):
        wrong.append(FieldError(field=error.field, message=error.detail, type=error.reason))
    return problem(error.reason, error.detail, wrong, _headers(error))


def _headers(error: errors.ApiError) -> dict[str, str]:
    match error:
        case errors.Unauthenticated():
            return {"WWW-Authenticate": "Bearer"}
        case errors.LockedOut():
            return {"Retry-After": str(math.ceil(error.wait.total_seconds()))}
        case errors.Busy():
            return {"Retry-After": str(BUSY_S)}
        case errors.EngineUnavailable() | errors.StorageAway() | errors.LedgerAway():
            return {"Retry-After": str(RETRY_S)}
        case errors.Unsatisfiable():
            return {"Content-Range": f"bytes */{error.size}"}
    return {}


async def _on_invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    wrong = [
        FieldError(field=".".join(map(str, item["loc"])), message=item["msg"], type=item["type"])
        for item in error.errors()
    ]
    return problem("invalid_request", "Some values are missing or wrong; see errors.", wrong)


async def _on_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    reason = HTTP_REASONS.get(error.status_code, "bad_request")
    headers = {"Allow": _methods_of(request)} if error.status_code == NOT_ALLOWED else error.headers
    return problem(reason, f"{reason.replace('_', ' ').capitalize()}.", headers=headers)


def _methods_of(request: Request) -> str:
    """What may be done with the path: several routes have it, each for its own methods."""
    routes = (route for route in routes_of(request.app.routes) if isinstance(route, APIRoute))
    found = {method for route in routes if route.path_regex.match(request.url.path) for method in route.methods or ()}
    return ", ".join(sorted(found))


async def _on_database_fault(request: Request, error: Exception) -> JSONResponse:
    if not errors.is_database_away(error):
        return await _on_fault(request, error)
    log.warning("database away", action="database_away", path=route_of(request), error=type(error).__name__)
    return problem(
        "database_unavailable", "The database cannot be reached now.", headers={"Retry-After": str(RETRY_S)}
    )


async def _on_fault(request: Request, error: Exception) -> JSONResponse:
    log.error("fault", action="fault", path=route_of(request), error=type(error).__name__)
    return problem("internal_error", "Something went wrong here.")


def route_of(request: Request) -> str:
    """The route's template: a path as sent may hold anything, so it is never logged."""
    return getattr(request.scope.get("route"), "path", "unmatched")
