"""Holds every answer of the tests against the OpenAPI document: nothing is answered that it does not say."""

import re
from dataclasses import dataclass, field
from typing import Any

import httpx

from api.problems import MEDIA_TYPE

ANYWHERE = (405, 500)  # belong to no one route
OTHERS = "refused"  # a route that documents it passes on whatever the engine says


@dataclass
class Contract:
    """The documented operations of an app, found by the path that was asked."""

    document: dict[str, Any]
    _paths: list[tuple[re.Pattern[str], dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        paths = sorted(self.document["paths"].items(), key=lambda item: item[0].count("{"))
        for path, operations in paths:
            self._paths.append((re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)), operations))

    async def hold(self, response: httpx.Response) -> None:
        """Raises AssertionError when the answer is not documented; an event hook of the tests' client."""
        operation = self._operation(response.request)
        status = response.status_code
        if operation is None or status in ANYWHERE:
            return
        where = f"{response.request.method} {response.request.url.path}"
        said = operation["responses"].get(str(status))
        assert said is not None, f"{where} answered {status}: document it, `responses=answers(...)` on the route"
        if response.headers.get("content-type") == MEDIA_TYPE and not response.is_stream_consumed:
            await response.aread()
            _hold_reason(where, operation["responses"], said, response.json()["reason"])

    def _operation(self, request: httpx.Request) -> dict[str, Any] | None:
        for pattern, operations in self._paths:
            if pattern.fullmatch(request.url.path):
                found: dict[str, Any] | None = operations.get(request.method.lower())
                return found
        return None


def _hold_reason(where: str, responses: dict[str, Any], said: dict[str, Any], reason: str) -> None:
    passes_on = OTHERS in str(responses.get("409"))
    known = said.get("content", {}).get(MEDIA_TYPE, {}).get("examples", {})
    assert reason in known or passes_on, (
        f"{where} answered {reason}: name it in `responses=answers(...)` of the route"
    )
