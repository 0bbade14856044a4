"""Asks the app directly, without a client: thousands of requests in seconds, and streams are let go at once."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI

TIME_OUT_S = 10


@dataclass
class Answered:
    """What came back; of a stream only its beginning."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def reason(self) -> str | None:
        """The reason of a problem document."""
        if self.headers.get("content-type") != "application/problem+json":
            return None
        return str(json.loads(self.body)["reason"])


async def ask(
    app: FastAPI, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
) -> Answered:
    """One request, as the server would pass it on."""
    told, enough = Answered(), asyncio.Event()
    sent = asyncio.create_task(app(_scope(method, path, headers or {}), _receive(body), _sender(told, enough)))
    ended = asyncio.create_task(enough.wait())
    async with asyncio.timeout(TIME_OUT_S):
        await asyncio.wait({sent, ended}, return_when=asyncio.FIRST_COMPLETED)
    ended.cancel()
    if not sent.done():
        sent.cancel()
    await asyncio.gather(sent, ended, return_exceptions=True)
    return told


def _scope(method: str, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
    path, _, query = path.partition("?")
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"test"), (b"content-type", b"application/json"), *raw],
        "server": ("test", 80),
        "client": ("127.0.0.1", 1),
    }


def _receive(body: bytes) -> Any:
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if not messages:
            await asyncio.Event().wait()
        return messages.pop()

    return receive


def _sender(told: Answered, enough: asyncio.Event) -> Any:
    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            told.status = message["status"]
            told.headers = {name.decode(): value.decode("latin-1") for name, value in message["headers"]}
            if told.headers.get("content-type", "").startswith("text/event-stream"):
                enough.set()
        else:
            told.body += message.get("body", b"")
            if not message.get("more_body", False):
                enough.set()

    return send
