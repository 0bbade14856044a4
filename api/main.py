"""The api process, `python -m api.main`: wiring only. SIGTERM and SIGINT end it within STOP_WITHIN_S."""

import asyncio
import signal
import socket
import sys
from datetime import timedelta

import uvicorn

from api.app import create_app
from api.context import Options
from api.events.hub import Hub
from dialer import logs
from dialer.machine import Paths, load_ports
from dialer.settings import Settings, settings
from dialer.store.database import database_url, make_engine
from recordings.vault import open_vault

POOL = 10
STOP_WITHIN_S = 5


class Server(uvicorn.Server):
    """Ends the open streams before it waits for the running requests: a stream has no end of its own."""

    def __init__(self, config: uvicorn.Config, hub: Hub) -> None:
        super().__init__(config)
        self._hub = hub

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """The ordered stop."""
        self._hub.close()
        await super().shutdown(sockets)


async def run(here: Settings) -> None:
    """Serves until a signal; running requests get STOP_WITHIN_S to end."""
    engine = make_engine(database_url(here), pool_size=POOL)
    options = Options(
        reserve_mb=here.disk_reserve_mb,
        metrics_token=here.metrics_token.get_secret_value(),
        session_idle=timedelta(seconds=here.session_idle_s),
        paths=Paths(here.root),
        least_days=here.retention_min_days,
        caps=here.caps(),
    )
    app = create_app(engine, open_vault(here), here.node, here.zone, options=options)
    config = uvicorn.Config(
        app,
        host=here.http_host,
        port=load_ports(Paths(here.root)).http,
        log_level="warning",
        access_log=False,  # it would write whole queries; Edge writes the line
        server_header=False,
        timeout_graceful_shutdown=STOP_WITHIN_S,
    )
    server = Server(config, app.state.context.hub)
    # uvicorn takes these over while it serves and raises them again afterwards: an ordered stop must end with 0
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_signal: setattr(server, "should_exit", True))
    try:
        await server.serve()
    finally:
        await engine.dispose()


def main() -> int:
    """0 after an ordered stop; uvicorn exits with 1 or 3 when it cannot start."""
    logs.configure("api")
    asyncio.run(run(settings()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
