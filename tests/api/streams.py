"""The api behind a real uvicorn, and a client that reads its stream of changes as a browser does."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import create_app
from api.main import Server
from recordings.vault import Vault
from tests.api.office import NODE, V1, ZONE, Headers

DEADLINE_S = 20.0


@dataclass(frozen=True)
class Served:
    """A running api; several may share a database."""

    app: FastAPI
    url: str
    server: uvicorn.Server

    async def floor(self, headers: Headers) -> dict[str, Any]:
        async with httpx.AsyncClient(base_url=self.url, timeout=DEADLINE_S) as http:
            floor: dict[str, Any] = (await http.get(f"{V1}/floor", headers=headers)).json()
            return floor


@asynccontextmanager
async def served(engine: AsyncEngine, vault: Vault) -> AsyncIterator[Served]:
    """An api of its own on a free port; stopped as uvicorn stops it on a signal."""
    app = create_app(engine, vault, NODE, ZONE, engine_timeout_s=0.6)
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="error", access_log=False, timeout_graceful_shutdown=5)
    server = Server(config, app.state.context.hub)
    running = asyncio.create_task(server.serve([listening]))
    try:
        async with asyncio.timeout(DEADLINE_S):
            while not server.started:
                await asyncio.sleep(0.01)
        yield Served(app, f"http://127.0.0.1:{listening.getsockname()[1]}", server)
    finally:
        server.should_exit = True
        await running
        listening.close()


@dataclass
class Stream:
    """What came on one connection, or on several in a row."""

    frames: list[tuple[str, Any]] = field(default_factory=list)
    last_id: str | None = None
    is_over: bool = False
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, block: str) -> None:
        """One block between empty lines."""
        said = dict(line.partition(":")[::2] for line in block.splitlines())
        if "event" in said:
            self.frames.append((said["event"].strip(), json.loads(said["data"])))
            self.last_id = said.get("id", self.last_id or "").strip() or None
        self._news.set()

    def end(self) -> None:
        self.is_over = True
        self._news.set()

    @property
    def changes(self) -> list[dict[str, Any]]:
        return [change for event, data in self.frames if event == "changes" for change in data["changes"]]

    def bodies(self, kind: str) -> list[dict[str, Any]]:
        return [change["body"] for change in self.changes if change["kind"] == kind]

    def events(self) -> list[str]:
        return [event for event, _data in self.frames]

    async def until(self, done: Any) -> None:
        """Waits until `done()`; fails after DEADLINE_S."""
        async with asyncio.timeout(DEADLINE_S):
            while not done():
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def watching(
    url: str, headers: Headers, after: str | None = None, stream: Stream | None = None
) -> AsyncIterator[Stream]:
    """An open stream; one that is given is resumed by its Last-Event-ID."""
    stream = stream or Stream()
    stream.is_over = False
    more = {"Last-Event-ID": stream.last_id} if stream.last_id else {}
    async with httpx.AsyncClient(base_url=url, timeout=DEADLINE_S) as http:
        query = {"after": after} if after is not None else {}
        async with http.stream("GET", f"{V1}/events", params=query, headers=headers | more) as response:
            assert response.status_code == 200, await response.aread()
            assert response.headers["content-type"].startswith("text/event-stream")
            reading = asyncio.create_task(_read(response, stream))
            try:
                yield stream
            finally:
                reading.cancel()
                with suppress(asyncio.CancelledError):
                    await reading


async def _read(response: httpx.Response, stream: Stream) -> None:
    rest = ""
    async for text in response.aiter_text():
        *blocks, rest = (rest + text).split("\n\n")
        for block in blocks:
            stream.take(block)
    stream.end()
