"""What the api logs of requests: an id, an action, the call; nothing that was sent, and nobody."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from api.auth.accounts import create_user
from api.auth.roles import Role
from api.ids import new_id
from tests.api.asker import ask
from tests.api.office import V1, Headers, Office, engine_side, refused

NAME, NUMBER, PASSWORD, TOKEN = "李秘密", "13898765432", "Secret-Horse-77", "TokenOfNobody123"
MARKS = (NAME, NUMBER, PASSWORD, TOKEN, "秘密", "98765432", "secret.user")
KINDS = (
    *("session.start", "session.state", "session.end"),
    *("call.manual", "call.hangup", "call.disposition", "practice.customers"),
    *("call.pause_recording", "call.resume_recording", "recorder.self_test"),
)
BODIES: list[dict[str, Any]] = [
    {"username": "secret.user", "password": PASSWORD},
    {"username": PASSWORD, "password": PASSWORD},
    {"number": NUMBER},
    {"number": f"+86{NUMBER}", "campaign_id": NAME},
    {"name": NAME, "product": NAME, "region": NAME, "mode": "progressive", "caller_id": NUMBER, "script": NAME},
    {"state": "paused", "reason": NAME},
    {"how": "cut", "reason": NAME},
    {"disposition": NAME},
    {"count": NAME},
]


def requests(document: dict[str, Any], token: str) -> Iterator[tuple[str, str, Headers, bytes]]:
    """Every route but the logout, with marked values in path, query, headers and body."""
    bearer = {"Authorization": f"Bearer {token}"}
    strange = {"Cookie": f"tianzhou_session={TOKEN}", "X-CSRF-Token": TOKEN, "User-Agent": PASSWORD}
    query = f"?number={NUMBER}&phone={NUMBER}&cursor={TOKEN}"
    for path, method in ((path, method) for path, found in document["paths"].items() for method in found):
        if (method, path) == ("delete", f"{V1}/auth/token"):
            continue
        for head in (bearer, strange, {"Authorization": f"Bearer {TOKEN}"}):
            yield method.upper(), re.sub(r"\{[a-z_]+\}", NUMBER, path) + query, head, b""
        for body in BODIES:
            yield method.upper(), re.sub(r"\{[a-z_]+\}", new_id(), path), bearer, json.dumps(body).encode()


async def test_nothing_that_was_sent_is_in_the_log(
    office: Office, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with office.engine.begin() as connection:
        await create_user(connection, "secret.user", NAME, PASSWORD, list(Role))
    login = {"username": "secret.user", "password": PASSWORD}
    token = (await office.http.post(f"{V1}/auth/token", data=login)).json()["access_token"]
    await office.call(number=f"+86{NUMBER}")
    async with engine_side(office, dict.fromkeys(KINDS, refused("state_forbidden"))):
        for method, path, headers, body in requests(office.app.openapi(), token):
            await ask(office.app, method, path, headers, body)

    def broken(*_args: Any) -> None:
        raise DBAPIError(f"select {NUMBER}", {"name": NAME}, ValueError(PASSWORD))

    monkeypatch.setattr("api.campaigns.service.page_of", broken)
    await ask(office.app, "GET", f"{V1}/campaigns", {"Authorization": f"Bearer {token}"})
    told = capfd.readouterr()
    logged = told.out + told.err
    for action in ("request", "login_failed", "database_away"):
        assert f"action={action}" in logged
    for mark in (*MARKS, token):
        assert mark not in logged, mark


async def test_each_request_has_an_id_that_its_lines_carry_and_its_answer_tells(office: Office) -> None:
    boss = await office.someone(Role.MANAGER)
    with capture_logs([merge_contextvars]) as seen:
        call = new_id()
        sent = {**boss.headers, "X-Request-ID": "mine"}
        answers = [
            await office.http.get(f"{V1}/calls/{call}", headers=sent),
            await office.http.get(f"{V1}/calls/{NUMBER}", headers=sent),
            await office.http.get(f"{V1}/nowhere"),
        ]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert len(set(ids)) == 3 and "mine" not in ids
    assert [(line["request"], line["action"], line.get("call")) for line in seen] == [
        (ids[0], "request", call),
        (ids[1], "request", None),
        (ids[2], "request", None),
    ]
    assert seen[0]["route"] == f"{V1}/calls/{{call_id}}" and seen[0]["status"] == 404


async def test_answers_carry_safe_headers(office: Office) -> None:
    headers = (await office.http.get("/health")).headers
    assert headers["x-content-type-options"] == "nosniff" and headers["cache-control"] == "no-store"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
