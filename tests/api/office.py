"""What the api's tests need: an app over the real database, people with tokens, and the engine's side scripted."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
from fastapi import FastAPI
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from api.auth.roles import Role
from api.auth.sessions import issue
from api.auth.tables import user_roles, users
from api.commands import _connect_options
from api.ids import new_id
from dialer.store.tables import agent_sessions, attempts, campaigns, commands, phones
from recordings.tables import recordings

NODE = "node-1"
ZONE = "Asia/Shanghai"
V1 = "/api/v1"
NUMBER = "+8613812341234"
PROBLEM = "application/problem+json"
Headers = dict[str, str]


@dataclass(frozen=True)
class Someone:
    """A user with a token."""

    id: str
    username: str
    headers: Headers


@dataclass(frozen=True)
class Office:
    """The app, a client of it, and its database."""

    app: FastAPI
    http: httpx.AsyncClient
    engine: AsyncEngine

    async def someone(self, *roles: Role, username: str | None = None, extension: str | None = None) -> Someone:
        user_id = new_id()
        name = username or f"u{user_id[-12:]}"
        async with self.engine.begin() as connection:
            if extension:
                await connection.execute(insert(phones).values(extension=extension, secret="x"))
            row = {"id": user_id, "username": name, "name": name, "password_hash": "-", "extension": extension}
            await connection.execute(insert(users).values(row))
            await connection.execute(insert(user_roles), [{"user_id": user_id, "role": r.value} for r in roles])
            issued = await issue(connection, user_id)
        return Someone(user_id, name, {"Authorization": f"Bearer {issued.token}"})

    async def campaign(self, **other: Any) -> str:
        values: dict[str, Any] = {
            "id": new_id(),
            "name": f"c-{new_id()}",
            "product": "p",
            "region": "r",
            "mode": "progressive",
        }
        values |= {"caller_id": "10010", "state": "running"} | other
        return str(await self._insert(campaigns, values))

    async def call(self, **other: Any) -> str:
        values: dict[str, Any] = {
            "id": new_id(),
            "campaign_id": new_id(),
            "number": NUMBER,
            "mode": "progressive",
            "trunk": "t",
        }
        values |= {"node": NODE, "token": 1, "opened_at": datetime.now(UTC)} | other
        return str(await self._insert(attempts, values))

    async def session(self, agent_id: str, campaign_id: str, **other: Any) -> str:
        now = datetime.now(UTC)
        values: dict[str, Any] = {
            "id": new_id(),
            "agent_id": agent_id,
            "extension": "1001",
            "campaign_id": campaign_id,
            "node": NODE,
        }
        values |= {"state": "ready", "state_at": now, "started_at": now - timedelta(minutes=1)} | other
        return str(await self._insert(agent_sessions, values))

    async def recording(self, **other: Any) -> str:
        values: dict[str, Any] = {
            "attempt_id": new_id(),
            "campaign_id": new_id(),
            "number": NUMBER,
            "status": "present",
        }
        values |= {"started_at": datetime.now(UTC), "sealed_at": datetime.now(UTC)} | other
        return str(await self._insert(recordings, values))

    async def rows(self, table: Any) -> list[Any]:
        async with self.engine.connect() as connection:
            return list((await connection.execute(select(table))).all())

    async def _insert(self, table: Any, values: Mapping[str, Any]) -> Any:
        async with self.engine.begin() as connection:
            await connection.execute(insert(table).values(values))
        return values["id" if "id" in values else "attempt_id"]


@dataclass
class EngineSide:
    """Answers commands as the dialer would; `script` gives (status, result) by kind."""

    script: Mapping[str, tuple[str, dict[str, Any]]]
    speaks: bool = True  # also sends NOTIFY
    seen: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def work(self, engine: AsyncEngine) -> None:
        while True:
            async with engine.begin() as connection:
                queued = select(commands).where(commands.c.status == "queued", commands.c.node == NODE)
                for row in (await connection.execute(queued.with_for_update())).all():
                    self.seen.append((row.kind, row.payload))
                    status, result = self.script[row.kind]
                    answer = update(commands).where(commands.c.id == row.id)
                    await connection.execute(answer.values(status=status, result=result, ended_at=func.now()))
                    if self.speaks:
                        await connection.execute(select(func.pg_notify("tianzhou_command_results", row.id)))
            await asyncio.sleep(0.01)


@asynccontextmanager
async def engine_side(
    office: Office, script: Mapping[str, tuple[str, dict[str, Any]]], speaks: bool = True
) -> AsyncIterator[EngineSide]:
    side = EngineSide(script, speaks)
    task = asyncio.create_task(side.work(office.engine))
    try:
        yield side
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def heard_by_engines(office: Office) -> AsyncIterator[asyncio.Queue[str]]:
    """What the engines are woken with: campaigns' ids, nothing for the emergency stop."""
    heard: asyncio.Queue[str] = asyncio.Queue()
    listener = await asyncpg.connect(**_connect_options(office.engine))
    await listener.add_listener("tianzhou_campaigns", lambda *message: heard.put_nowait(message[3]))
    try:
        yield heard
    finally:
        await listener.close()


def refused(reason: str) -> tuple[str, dict[str, Any]]:
    return "refused", {"reason": reason, "detail": f"Because of {reason}."}


def assert_problem(response: httpx.Response, status: int, reason: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == PROBLEM
    body: dict[str, Any] = response.json()
    assert body["reason"] == reason and body["status"] == status
    assert body["type"] == f"urn:tianzhou:problem:{reason.replace('_', '-')}"
    assert body["title"] and body["detail"]
    return body
