"""A real S3 server on the loopback: one that stops, that lies, that breaks off in the middle of an upload.

Nothing is lost: the spool keeps what is not verified in the store, a person hears of it, and it mends by itself.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from moto.server import ThreadedMotoServer
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.core.incidents import IncidentKind
from dialer.settings import Settings
from recordings.storage import Storage, open_storage
from recordings.worker import AwayError, Worker
from tests.database.recordings_world import World

_buckets = itertools.count(1)  # the server's memory outlives the server
PIECE = 65_536


class Server:
    """An S3 that can be stopped and started on the same port."""

    def __init__(self) -> None:
        self.port = 0
        self.start()

    def start(self) -> None:
        self._server = ThreadedMotoServer("127.0.0.1", self.port, verbose=False)
        self._server.start()
        self.port = self._server.get_host_and_port()[1]

    def stop(self) -> None:
        self._server.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@dataclass
class Between:
    """Stands between the worker and the server: passes all on, changes what is uploaded, or breaks off in it."""

    server: Server
    mode: str = "pass"
    connections: set[asyncio.StreamWriter] = field(default_factory=set)
    port: int = 0

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.server.port)
        self.connections |= {writer, back}
        with suppress(OSError):
            await asyncio.gather(self._up(reader, back), self._down(there, writer))
        for end in (writer, back):
            end.close()

    async def _up(self, reader: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        uploaded, is_put = 0, False
        while piece := await reader.read(PIECE):
            is_head = piece.startswith((b"PUT", b"GET", b"HEAD", b"POST"))
            is_put = piece.startswith(b"PUT") if is_head else is_put
            head, blank, body = piece.partition(b"\r\n\r\n") if is_head else (b"", b"", piece)
            uploaded += len(body)
            if self.mode == "cut" and uploaded > PIECE:
                raise ConnectionResetError
            if self.mode == "lie" and is_put and body:
                body = body[:-1] + bytes([body[-1] ^ 1])
            back.write(head + blank + body)
            await back.drain()
        back.write_eof()

    async def _down(self, there: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await there.read(PIECE):
            writer.write(piece)
            await writer.drain()
        writer.close()


class S3World(World):
    """The world whose recordings lie in S3."""

    endpoint = ""
    bucket = ""

    @property
    def storage(self) -> Storage:
        url = f"s3://{self.bucket}/audio"
        return open_storage(Settings(data_dir=self.root, storage_url=url, storage_endpoint=self.endpoint))

    async def keys(self) -> list[str]:
        return sorted([item.key async for item in self.storage.listing()])


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    running = Server()
    yield running
    running.stop()


@pytest.fixture
async def between(server: Server) -> AsyncIterator[Between]:
    made = Between(server)
    listening = await asyncio.start_server(made.take, "127.0.0.1", 0)
    made.port = listening.sockets[0].getsockname()[1]
    yield made
    listening.close()
    for connection in made.connections:
        connection.close()


@pytest.fixture
async def far(server: Server, between: Between, engine: AsyncEngine, tmp_path: Path) -> S3World:
    world = S3World(engine, tmp_path / "data")
    world.bucket, world.endpoint = f"bucket-{next(_buckets)}", f"http://127.0.0.1:{between.port}"
    httpx.put(f"{server.url}/{world.bucket}").raise_for_status()
    return world


async def sweep_once(worker: Worker) -> bool:
    """False when something that every call needs is away."""
    try:
        await worker.sweep()
    except AwayError:
        return False
    return True


async def test_sealed_and_heard_in_s3(far: S3World) -> None:
    call = await far.answered_call()
    await far.worker().sweep()
    row = await far.row(call)
    assert row is not None and await far.keys() == [row.storage_key]
    assert (await far.pcm(call)).sha256 == row.sha256_pcm and far.left() == []


async def test_an_s3_that_stops_for_a_while(far: S3World, server: Server) -> None:
    before, worker = await far.answered_call(), far.worker()
    await worker.sweep()
    server.stop()
    calls = [await far.answered_call() for _ in range(3)]
    assert not await sweep_once(worker)
    assert await far.incidents(IncidentKind.STORAGE_AWAY) == []  # a moment is nobody's business
    far.clock.now += 15
    assert not await sweep_once(worker)
    assert await far.incidents(IncidentKind.STORAGE_AWAY) == ["node-1"]
    assert len(far.left()) == 6 and await far.rows() == 1
    server.start()
    far.clock.now += 15
    assert await sweep_once(worker)
    assert far.left() == [] and len(await far.keys()) == 4
    for call in (before, *calls):
        row = await far.row(call)
        assert row is not None and (await far.pcm(call)).sha256 == row.sha256_pcm
    assert await far.incidents(IncidentKind.STORAGE_AWAY) == []
    assert await far.incidents(IncidentKind.STORAGE_AWAY, is_open=False) == ["node-1"]


async def test_an_s3_that_says_yes_and_keeps_something_else(far: S3World, between: Between) -> None:
    call, worker = await far.answered_call(samples=100_000), far.worker()
    between.mode = "lie"
    assert await sweep_once(worker)
    assert await far.incidents(IncidentKind.STORAGE_LIES) == [call]
    assert len(far.left()) == 2 and await far.row(call) is None and await far.keys() == []
    between.mode = "pass"
    far.clock.now += 15
    assert await sweep_once(worker)
    row = await far.row(call)
    assert row is not None and await far.keys() == [row.storage_key] and row.storage_key.endswith(f"{call}.flac")
    assert (await far.pcm(call)).sha256 == row.sha256_pcm and far.left() == []


async def test_an_upload_that_breaks_off_in_the_middle(far: S3World, between: Between) -> None:
    call, worker = await far.answered_call(samples=200_000), far.worker()
    between.mode = "cut"
    assert not await sweep_once(worker)
    assert len(far.left()) == 2 and await far.row(call) is None and await far.keys() == []
    between.mode = "pass"
    far.clock.now += 15
    assert await sweep_once(worker)
    row = await far.row(call)
    assert row is not None and await far.keys() == [row.storage_key]
    assert (await far.pcm(call)).sha256 == row.sha256_pcm and far.left() == []
