"""Errors become RFC 9457 problem documents here and nowhere else.

A document never repeats what was sent: a value may be a password or a person's number.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from api import errors

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:tianzhou:problem:"

STATUS: Mapping[type[errors.ApiError], int] = {
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Invalid: 422,
    errors.Unsatisfiable: 416,
    errors.Refused: 409,
    errors.EngineUnavailable: 503,
    errors.StorageAway: 503,
}
REFUSAL_STATUS: Mapping[str, int] = {  # the engine's reasons that are not a 409
    "unknown_campaign": 404,
    "unknown_call": 404,
    "malformed_number": 422,
    "unknown_disposition": 422,
}
HTTP_NAMES = {413: "Content too large"}  # its phrase differs between versions of Python


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
    detail: str = Field(examples=["This agent already has a session; end it first."])
    reason: str = Field(examples=["session_exists"])
    errors: list[FieldError] | None = None


def problem(
    status: int,
    reason: str,
    detail: str,
    wrong: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """The answer for one problem."""
    body: dict[str, Any] = {
        "type": TYPE_PREFIX + reason.replace("_", "-"),
        "title": reason.replace("_", " ").capitalize(),
        "status": status,
        "detail": detail,
        "reason": reason,
    }
    if wrong:
        body["errors"] = [item.model_dump() for item in wrong]
    return JSONResponse(body, status, dict(headers or {}), media_type=MEDIA_TYPE)


def register(app: FastAPI) -> None:
    """Hangs the handlers on the app; anything unforeseen is a 500 without its inside."""
    app.add_exception_handler(errors.ApiError, _on_api_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    for fault in errors.DATABASE_FAULTS:
        app.add_exception_handler(fault, _on_database_fault)
    app.add_exception_handler(Exception, _on_fault)


def declare(document: dict[str, Any]) -> None:
    """In an OpenAPI document, moves the answers whose schema is Problem to their media type; may run again."""
    for path in document["paths"].values():
        for operation in path.values():
            for code in ("4XX", "5XX"):
                content = operation["responses"].get(code, {}).get("content", {})
                if "application/json" in content:
                    content[MEDIA_TYPE] = content.pop("application/json")


def status_of(error: errors.ApiError) -> int:
    """The HTTP status of a domain error."""
    if isinstance(error, errors.Refused):
        return REFUSAL_STATUS.get(error.reason, STATUS[errors.Refused])
    return STATUS[type(error)]


async def _on_api_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, errors.ApiError)
    headers: dict[str, str] = {}
    wrong: list[FieldError] = []
    if isinstance(error, errors.Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, errors.Unsatisfiable):
        headers["Content-Range"] = f"bytes */{error.size}"
    if isinstance(error, errors.Invalid):
        wrong.append(FieldError(field=error.field, message=error.detail, type=error.reason))
    return problem(status_of(error), error.reason, error.detail, wrong, headers)


async def _on_invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    wrong = [
        FieldError(field=".".join(map(str, item["loc"])), message=item["msg"], type=item["type"])
        for item in error.errors()
    ]
    return problem(422, "invalid_request", "Some values are missing or wrong; see errors.", wrong)


async def _on_http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    name = HTTP_NAMES.get(error.status_code) or HTTPStatus(error.status_code).phrase
    return problem(error.status_code, name.lower().replace(" ", "_"), f"{name}.", headers=error.headers)


async def _on_database_fault(request: Request, error: Exception) -> JSONResponse:
    if not errors.is_database_away(error):
        return await _on_fault(request, error)
    log.warning("database away", action="database_away", path=route_of(request), error=type(error).__name__)
    detail = "The database cannot be reached; try again shortly. `tianzhou doctor` says more."
    return problem(503, "database_unavailable", detail, headers={"Retry-After": "2"})


async def _on_fault(request: Request, error: Exception) -> JSONResponse:
    log.error("fault", action="fault", path=route_of(request), error=type(error).__name__)
    return problem(500, "internal_error", "Something went wrong here; it is in the log of the api.")


def route_of(request: Request) -> str:
    """The route's template: a path as sent may hold anything, so it is never logged."""
    return getattr(request.scope.get("route"), "path", "unmatched")
