"""The numbers process, `python -m api.numbers.main`: imports. Wiring only."""

import asyncio
import contextlib
import signal
import sys

import structlog

from api.numbers.importer import Importer
from dialer import logs
from dialer.machine import Paths
from dialer.settings import Settings, settings
from dialer.store.database import database_url, make_engine

AGAIN_S = 2.0
log = structlog.get_logger()


async def run(here: Settings) -> None:
    """Until SIGTERM or SIGINT; what goes wrong is told, and tried again."""
    folder = Paths(here.root).imports
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = make_engine(database_url(here), pool_size=3)
    working = asyncio.create_task(_for_ever(Importer(engine, folder)))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, working.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await working
    await engine.dispose()


async def _for_ever(importer: Importer) -> None:
    while True:
        try:
            await importer.run()
        except Exception as error:
            log.error("imports wait", action="importer_failed", error=type(error).__name__)
            await asyncio.sleep(AGAIN_S)


def main() -> int:
    """0 after an ordered stop."""
    logs.configure("numbers")
    asyncio.run(run(settings()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
