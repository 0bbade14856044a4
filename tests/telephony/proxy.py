"""A fault proxy between the dialer and Asterisk: passes bytes, cuts, or holds a link half open."""

import asyncio
from contextlib import suppress
from types import TracebackType

CHUNK = 65536


class FaultProxy:
    """Listens on a port of its own. Use as an async context manager."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._frozen = asyncio.Event()
        self._cut_before: bytes | None = None
        self._links: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.cuts = 0
        self.port = 0

    async def __aenter__(self) -> "FaultProxy":
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Resets every link now."""
        self.cuts += 1
        for writer in list(self._links):
            writer.transport.abort()

    def freeze(self) -> None:
        """Passes nothing more, closes nothing: every link, and every new one, is half open."""
        self._frozen.set()

    def thaw(self) -> None:
        """Ends the frozen links; new ones pass."""
        self._frozen.clear()
        self.cut()

    def cut_before(self, pattern: bytes) -> None:
        """Once Asterisk's answer holds the pattern, cuts before the dialer can read it; once."""
        self._cut_before = pattern

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        self._links |= {writer, far_writer}
        ways = ((reader, far_writer, False), (far_reader, writer, True))
        pumps = [asyncio.create_task(self._pump(*way)) for way in ways]
        self._tasks.update(pumps)
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for end in (writer, far_writer):
            end.transport.abort()
            self._links.discard(end)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, from_asterisk: bool) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                if self._frozen.is_set():
                    continue
                if from_asterisk and self._cut_before is not None and self._cut_before in data:
                    self._cut_before = None
                    self.cut()
                    return
                writer.write(data)
                await writer.drain()
