"""The OpenAPI document: complete, exact, with an example of everything."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from api.problems import MEDIA_TYPE
from api.reasons import REASONS
from tests.api.office import V1, Office
from tests.api.test_api_access import ALLOWED, EVERYBODY

METHODS = {"get", "post", "put", "patch", "delete"}
Operation = dict[str, Any]


@pytest.fixture
async def document(office: Office) -> dict[str, Any]:
    response = await office.http.get(f"{V1}/openapi.json")
    assert response.status_code == 200
    told: dict[str, Any] = response.json()
    return told


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, Operation]]:
    for path, found in document["paths"].items():
        for method, operation in found.items():
            assert method in METHODS
            yield method.upper(), path, operation


def contents(operation: Operation) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Everything that is sent and answered: what it belongs to, its media type, its description."""
    for what, holder in {"body": operation.get("requestBody", {}), **operation["responses"]}.items():
        for media_type, media in holder.get("content", {}).items():
            yield what, media_type, media


def empty(value: Any) -> bool:
    """Whether an example has a text in it that says nothing."""
    if isinstance(value, dict):
        return any(empty(item) for item in value.values())
    return any(empty(item) for item in value) if isinstance(value, list) else value == ""


async def test_every_operation_is_described(document: dict[str, Any]) -> None:
    tags = {tag["name"]: tag["description"] for tag in document["tags"]}
    names = [operation["operationId"] for _method, _path, operation in operations(document)]
    assert len(names) == len(set(names)) and all(re.fullmatch("[a-z][a-z_]+", name) for name in names)
    for method, path, operation in operations(document):
        where = f"{method} {path}"
        assert operation["summary"] and operation["description"].endswith("."), f"{where} needs a docstring"
        assert len(operation["tags"]) == 1 and tags.get(operation["tags"][0]), f"{where}: describe its tag in TAGS"
        for parameter in operation.get("parameters", ()):
            known = parameter.get("example") or parameter["schema"].get("examples")
            assert known, f"{where} needs an example of {parameter['name']}"
    assert document["info"]["description"] and document["info"]["summary"]


async def test_every_body_and_every_answer_has_an_example(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        for what, media_type, media in contents(operation):
            where = f"{method} {path} {what} {media_type}"
            assert media.get("schema"), f"{where} needs a schema"
            examples = [media["example"]] if "example" in media else [e["value"] for e in media["examples"].values()]
            assert examples, where
            for example in examples:
                assert example is not None and not empty(example), f"{where}: give each field an example: {example}"


async def test_every_problem_is_a_problem_document_with_its_reasons(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        for what, media_type, media in contents(operation):
            if media_type != MEDIA_TYPE:
                continue
            assert media["schema"] == {"$ref": "#/components/schemas/Problem"}, (method, path)
            for reason, example in media["examples"].items():
                assert str(REASONS[reason].status) == what == str(example["value"]["status"])
        faults = {status for status in operation["responses"] if status >= "400"}
        assert all(MEDIA_TYPE in operation["responses"][status]["content"] for status in faults) or path == "/health"
    assert "HTTPValidationError" not in str(document)


async def test_the_statuses_are_those_that_can_be(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        roles = ALLOWED.get((method, path.removeprefix(V1)))
        said = operation["responses"]
        assert "500" not in said and "4XX" not in said and "default" not in said
        assert ("422" in said) == bool(operation.get("parameters") or operation.get("requestBody")), (method, path)
        assert ("413" in said) == ("requestBody" in operation), (method, path)
        if roles is None:
            assert "security" not in operation
            continue
        csrf = ["csrf"] if method not in ("GET", "HEAD") else []
        assert operation["security"] == [{"bearer": []}, {"cookie": [], **{name: [] for name in csrf}}]
        assert "401" in said and "503" in said
        forbidden = ["forbidden"] if roles != EVERYBODY else []
        named = list(said.get("403", {}).get("content", {}).get(MEDIA_TYPE, {}).get("examples", {}))
        assert named == forbidden + csrf, (method, path)


async def test_the_document_says_how_to_log_in(document: dict[str, Any]) -> None:
    schemes = document["components"]["securitySchemes"]
    assert schemes["bearer"]["flows"]["password"]["tokenUrl"] == f"{V1}/auth/token"
    assert schemes["cookie"] == {"type": "apiKey", "in": "cookie", "name": "tianzhou_session"}
    assert schemes["csrf"] == {"type": "apiKey", "in": "header", "name": "X-CSRF-Token"}
    assert document["openapi"].startswith("3.1")
