"""Alarms reach people outside: within seconds, signed, once; not lost while the receiver is away."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.core.incidents import Incident, IncidentKind
from dialer.store.incidents import close_over, open_incident
from recordings.jobs import beside
from recordings.tables import alarm_deliveries
from recordings.webhook import Alarms, Hook

SECRET = "s3cret"
FULL = Incident(IncidentKind.DISK_RESERVE, "node-1", datetime.now(UTC), "The recording disk has 12 MB left.")
WITHIN_S = 10.0  # the promise is a minute


@dataclass
class Receiver:
    """A small HTTP server that answers as told and keeps what it was sent."""

    status: int = 204
    port: int = 0
    got: list[dict[str, Any]] = field(default_factory=list)
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/alarm?x=1"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = [line.split(": ", 1) for line in head.split("\r\n")[1:] if line]
        headers = {name.lower(): value for name, value in lines}
        body = await reader.readexactly(int(headers["content-length"]))
        signed = hmac.new(SECRET.encode(), f"{headers['x-tianzhou-timestamp']}.".encode() + body, hashlib.sha256)
        assert headers["x-tianzhou-signature"] == f"sha256={signed.hexdigest()}"
        self.got.append(json.loads(body))
        moved = "Location: http://127.0.0.1:9/\r\n" if 300 <= self.status < 400 else ""
        writer.write(f"HTTP/1.1 {self.status} x\r\n{moved}Content-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()
        self.heard.set()

    async def hears(self, count: int) -> None:
        async with asyncio.timeout(WITHIN_S):
            while len(self.got) < count:
                self.heard.clear()
                await self.heard.wait()


@asynccontextmanager
async def listening(receiver: Receiver) -> AsyncIterator[Receiver]:
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", receiver.port)
    receiver.port = server.sockets[0].getsockname()[1]
    async with server:
        yield receiver


async def happens(engine: AsyncEngine, found: Incident = FULL) -> None:
    async with engine.begin() as connection:
        await open_incident(connection, found)


async def is_over(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await close_over(connection, FULL.kind, FULL.subject, datetime.now(UTC), "there is space again")


async def test_from_the_incident_to_the_receiver_in_seconds_and_each_state_once(engine: AsyncEngine) -> None:
    async with listening(Receiver()) as receiver:
        alarms = Alarms(engine, Hook(receiver.url, SECRET))
        async with beside({"alarms": alarms.run}):
            begun = time.perf_counter()
            await happens(engine)
            await receiver.hears(1)
            took_s = time.perf_counter() - begun
            await happens(engine)  # seen again: told already
            await is_over(engine)
            await receiver.hears(2)
            await happens(engine, Incident(IncidentKind.BACKLOG, "node-1", datetime.now(UTC), "7 calls wait."))
            await receiver.hears(3)
    print(f"\nfrom open_incident to the webhook's receipt: {took_s:.2f} s")
    assert took_s < WITHIN_S
    first = receiver.got[0]
    assert first["incident"]["kind"] == "disk_reserve" and first["incident"]["stops_dialing"] is True
    assert first["to"] == {"people": [], "roles": ["qa_supervisor", "qa_inspector", "system_administrator"]}
    assert [body["event"].split(".")[1] for body in receiver.got] == ["opened", "closed", "opened"]
    assert len({body["delivery"] for body in receiver.got}) == 3


async def test_a_receiver_that_is_away_gets_it_when_it_is_back_and_a_killed_worker_loses_nothing(
    engine: AsyncEngine,
) -> None:
    async with listening(Receiver()) as receiver:
        pass  # its port is free again: nobody listens
    await happens(engine)
    assert await Alarms(engine, Hook(receiver.url, SECRET)).deliver() == 0
    later = datetime.now(UTC) + timedelta(seconds=3)
    receiver.status = 500
    async with listening(receiver):  # a new process: it knows only what the database knows
        again = Alarms(engine, Hook(receiver.url, SECRET), lambda: later)
        assert await again.deliver() == 0
        receiver.status = 200
        much_later = Alarms(engine, Hook(receiver.url, SECRET), lambda: later + timedelta(seconds=5))
        assert [await much_later.deliver(), await much_later.deliver()] == [1, 0]
    assert len({body["delivery"] for body in receiver.got}) == 1 and len(receiver.got) == 2
    async with engine.connect() as connection:
        [row] = (await connection.execute(select(alarm_deliveries))).all()
    assert (row.tries, row.last_error) == (3, None) and row.delivered_at is not None


@pytest.mark.parametrize("status", [301, 302, 307])
async def test_a_redirect_is_not_followed(engine: AsyncEngine, status: int) -> None:
    await happens(engine)
    async with listening(Receiver(status)) as receiver:
        assert await Alarms(engine, Hook(receiver.url, SECRET)).deliver() == 0
    assert len(receiver.got) == 1


async def test_a_receiver_that_does_not_answer_costs_three_seconds(engine: AsyncEngine) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    await happens(engine)
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server, asyncio.timeout(6):
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        assert await Alarms(engine, Hook(url, SECRET)).deliver() == 0


async def test_what_is_over_before_it_could_be_told_is_not_told(engine: AsyncEngine) -> None:
    await happens(engine)
    await is_over(engine)
    async with listening(Receiver()) as receiver:
        assert await Alarms(engine, Hook(receiver.url, SECRET)).deliver() == 0
    assert receiver.got == []
    assert await Alarms(engine, Hook("http://example.com/", SECRET)).deliver() == 0
