"""One open stream: a bounded row of frames between the hub, which never waits, and a connection, which may."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from api.events.frames import RESET

FRAMES_MAX = 256  # two minutes of a busy floor
BYTES_MAX = 2 * 1024 * 1024


@dataclass(eq=False)
class Viewer:
    """Who watches, and what is still to be sent; `only_of` names the agent who sees nobody else's changes."""

    session_id: str
    only_of: str | None
    _frames: deque[bytes] = field(default_factory=deque)
    _size: int = 0
    _is_ended: bool = False
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, frame: bytes) -> None:
        """Queues a frame. A viewer too slow for it is cut: it gets a reset, and resumes where it was."""
        if self._is_ended or not frame:
            return
        self._frames.append(frame)
        self._size += len(frame)
        if len(self._frames) > FRAMES_MAX or self._size > BYTES_MAX:
            self._frames = deque([RESET])
            self.end()
        self._woken.set()

    def end(self) -> None:
        """No more frames; those queued are still sent."""
        self._is_ended = True
        self._woken.set()

    @property
    def is_ended(self) -> bool:
        """Whether nothing more is queued for it."""
        return self._is_ended

    async def next(self) -> bytes | None:
        """All frames queued, as one piece; None at the end."""
        while not self._frames:
            if self._is_ended:
                return None
            self._woken.clear()
            await self._woken.wait()
        joined = b"".join(self._frames)
        self._frames.clear()
        self._size = 0
        return joined
