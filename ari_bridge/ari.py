"""ARI over one websocket: events in, requests and their answers both ways (Asterisk >= 22.4).

A request that is not answered in time, or whose link breaks, raises TelephonyAway: nobody knows whether Asterisk
acted on it, so it is never sent again. The websocket's own pings notice a half-open link within 10 s.
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from ari_bridge.errors import AriError
from dialer.ports import TelephonyAway

APP = "tianzhou"
REQUEST_TIMEOUT_S = 5.0
PING_S = 4.0
MAX_MESSAGE = 4 * 1024 * 1024


class Ari:
    """One connection. Make a new one after it is lost."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._pending: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._next = 0

    @classmethod
    async def open(cls, port: int, user: str, password: str) -> "Ari":
        """Connects and registers the application. Raises TelephonyAway with a sentence."""
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        try:
            socket = await connect(
                f"ws://127.0.0.1:{port}/ari/events?app={APP}",
                additional_headers={"Authorization": f"Basic {token}"},
                open_timeout=REQUEST_TIMEOUT_S,
                close_timeout=1,
                ping_interval=PING_S,
                ping_timeout=PING_S,
                max_size=MAX_MESSAGE,
                proxy=None,
            )
        except InvalidStatus as refused:
            raise TelephonyAway(f"Asterisk refused our ARI login: {refused}") from refused
        except (OSError, TimeoutError, WebSocketException) as gone:
            raise TelephonyAway(f"Asterisk does not answer on ARI port {port}: {gone}") from gone
        return cls(socket)

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        """Events until the link is lost; answers to requests are given to those who wait for them."""
        try:
            async for message in self._socket:
                value = json.loads(message)
                if value.get("type") == "RESTResponse":
                    self._answer(value)
                else:
                    yield value
        except ConnectionClosed:
            pass
        finally:
            self._fail_pending()

    async def request(
        self, method: str, path: str, query: dict[str, Any] | None = None, body: dict[str, Any] | None = None
    ) -> Any:
        """One request. Raises AriError when refused, TelephonyAway when the outcome is unknown."""
        uri = f"{path}?{urlencode(query)}" if query else path
        self._next += 1
        message = {"type": "RESTRequest", "request_id": str(self._next), "method": method, "uri": uri}
        if body is not None:
            message |= {"content_type": "application/json", "message_body": json.dumps(body)}
        answer = await self._exchange(message)
        if answer["status_code"] >= 400:
            raise AriError(answer["status_code"], answer.get("reason_phrase", ""), uri)
        text = answer.get("message_body")
        return json.loads(text) if text else None

    async def close(self) -> None:
        """Cuts the link."""
        await self._socket.close()

    async def _exchange(self, message: dict[str, Any]) -> dict[str, Any]:
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._pending[message["request_id"]] = future
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT_S):
                await self._socket.send(json.dumps(message))
                return await future
        except TimeoutError as late:
            raise TelephonyAway(f"no answer in {REQUEST_TIMEOUT_S} s to {message['method']}") from late
        except ConnectionClosed as gone:
            raise TelephonyAway("the link to Asterisk is lost") from gone
        finally:
            self._pending.pop(message["request_id"], None)

    def _answer(self, value: dict[str, Any]) -> None:
        future = self._pending.get(value.get("request_id", ""))
        if future is not None and not future.done():
            future.set_result(value)

    def _fail_pending(self) -> None:
        for future in self._pending.values():
            if not future.done():
                future.set_exception(TelephonyAway("the link to Asterisk is lost"))
