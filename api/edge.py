"""Around every request: a limit, safe headers, an id, and one log line that holds no value that was sent."""

import time
from collections.abc import Callable

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.ids import new_id
from api.problems import problem

log = structlog.get_logger()

SAFE = {  # what an answer says otherwise stands: the console's pages have a policy of their own
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
REQUEST_ID = "X-Request-ID"
BodyMax = Callable[[str], int]  # by the path, in bytes
Observe = Callable[[str, str, int, float], None]  # method, route's template, status, seconds


class Edge:
    """The outermost ASGI layer. Only the route's template is logged: a path or a query may hold a phone number."""

    def __init__(self, app: ASGIApp, body_max: BodyMax, observe: Observe) -> None:
        self._app = app
        self._body_max = body_max
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, under an id that all its log lines carry."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = new_id()
        with structlog.contextvars.bound_contextvars(request=request_id):
            try:
                await self._pass_on(scope, receive, send, request_id)
            finally:
                structlog.contextvars.unbind_contextvars("call")

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        begun, status = time.monotonic(), 0

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _make_safe(message, request_id)
            await send(message)

        try:
            most = self._body_max(scope["path"])
            await self._inside(scope, most)(scope, _limited(receive, most), send_on)
        finally:
            route = getattr(scope.get("route"), "path", "unmatched")
            took_s = time.monotonic() - begun
            self._observe(scope["method"], route, status, took_s)
            took_ms = round(took_s * 1000, 1)
            log.info("request", action="request", method=scope["method"], route=route, status=status, took_ms=took_ms)

    def _inside(self, scope: Scope, most: int) -> ASGIApp:
        """The app, or the refusal of a body that says it is too long."""
        said = Headers(scope=scope).get("content-length", "0")
        if said.isdecimal() and int(said[:20]) <= most:
            return self._app
        return problem("content_too_large", f"A body has at most {most} bytes.")


def _limited(receive: Receive, most: int) -> Receive:
    """Cuts off a body that does not say its length, once it is too long."""
    size = 0

    async def receive_on() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > most:
            raise HTTPException(413)
        return message

    return receive_on


def _make_safe(message: Message, request_id: str) -> None:
    headers = MutableHeaders(scope=message)
    headers[REQUEST_ID] = request_id
    for name, value in SAFE.items():
        headers.setdefault(name, value)
