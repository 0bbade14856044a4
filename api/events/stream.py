"""The answer that does not end by itself: frames of one viewer as they come."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.errors import DATABASE_FAULTS
from api.events.frames import RETRY
from api.events.hub import Hub, Missed
from api.events.viewer import Viewer

SEND_S = 30.0
HEADERS = {"X-Accel-Buffering": "no"}  # a proxy that waits for more would hold the floor back

log = structlog.get_logger()


class EventStream(Response):
    """Sends what the viewer missed, then what the hub queues, until one side ends it."""

    media_type = "text/event-stream"

    def __init__(self, hub: Hub, viewer: Viewer, missed: Missed) -> None:
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]
        self._hub, self._viewer, self._missed = hub, viewer, missed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One stream."""
        gone = asyncio.create_task(self._end_when_gone(receive))
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            async for chunk in self._chunks():
                async with asyncio.timeout(SEND_S):
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            log.info("a viewer takes nothing any more", action="viewer_stuck")
        finally:
            self._hub.leave(self._viewer)
            gone.cancel()
            with suppress(asyncio.CancelledError):
                await gone

    async def _chunks(self) -> AsyncIterator[bytes]:
        yield RETRY
        missed = self._missed
        while missed and not self._viewer.is_ended:
            try:
                frame, missed = await self._hub.fetch(self._viewer, missed)
            except DATABASE_FAULTS as error:  # the browser comes back with its cursor
                log.warning("what was missed cannot be read", action="events_away", error=type(error).__name__)
                return
            if frame:
                yield frame
        while (chunk := await self._viewer.next()) is not None:
            yield chunk

    async def _end_when_gone(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._viewer.end()
