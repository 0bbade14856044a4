"""The recordings process, `python -m recordings.main`: wiring only."""

import asyncio
import fcntl
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer import logs
from dialer.machine import Paths, load_secrets
from dialer.settings import Settings, settings
from dialer.store.database import database_url, make_engine
from recordings.jobs import Job, beside
from recordings.nights import Nights
from recordings.orphans import Orphans
from recordings.reconcile import Reconciler
from recordings.retention import Keeper
from recordings.self_test import SelfTests
from recordings.signing import Signing, watch_clock
from recordings.sound import Sound
from recordings.storage import sweep_work, work_folder
from recordings.timestamps import Stamping, roots_in
from recordings.vault import Vault, open_vault
from recordings.wakeups import listen
from recordings.webhook import Alarms, Hook
from recordings.worker import Worker

log = structlog.get_logger(__name__)


async def run(here: Settings) -> None:
    """Runs the worker until SIGTERM or SIGINT."""
    paths = Paths(here.root)
    engine = make_engine(database_url(here))
    vault = open_vault(here)
    worker = Worker(engine, vault, paths.spool, work_folder(paths), here.node)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.stop)
    signing = Signing(engine, paths)
    try:
        async with beside(jobs_of(here, engine, worker, signing) | witnesses_of(here, engine, vault)):
            await worker.run()
        await signing.stop()
    finally:
        await engine.dispose()


def jobs_of(here: Settings, engine: AsyncEngine, worker: Worker, signing: Signing) -> dict[str, Job]:
    """What this process does beside settling calls; each is for ever, and begun again when it fails."""
    keeper = Keeper(engine, open_vault(here).storage, here.retention_min_days)
    return {
        "retention": keeper.run,
        "wakeups": lambda: listen(database_url(here), worker.wake),
        "signing": signing.run,
        "stamping": lambda: Stamping(engine, here.tsa_url, roots_in(here.tsa_ca)).run(),
        "clock": lambda: watch_clock(engine, here.node),
        "sound": Sound(engine, open_vault(here), here.node).run,
        "self_tests": SelfTests(open_vault(here), Paths(here.root).spool, work_folder(Paths(here.root))).run,
    }


def witnesses_of(here: Settings, engine: AsyncEngine, vault: Vault) -> dict[str, Job]:
    """The jobs that compare what everybody says of the calls."""
    paths = Paths(here.root)
    reconciler = Reconciler(engine, vault, paths.cdr("main"), here.node, here.zone)
    return {
        "reconcile": reconciler.run,
        "nights": Nights(engine, paths, here.zone, here.node, reconciler).run,
        "orphans": Orphans(engine, paths.spool, paths.adopted).run,
        "alarms": Alarms(engine, hook_of(here)).run,
    }


def hook_of(here: Settings) -> Hook:
    """Where alarms go; the secret is only there when something has been set up."""
    if not here.alarm_webhook:
        return Hook("", "")
    return Hook(here.alarm_webhook, load_secrets(Paths(here.root)).alarm_secret, here.alarm_webhook_private)


@contextmanager
def only_worker(work: Path) -> Iterator[bool]:
    """Whether this is the data folder's only worker; the system ends the claim with the process, however it ends."""
    work.mkdir(parents=True, exist_ok=True)
    with (work / "worker.lock").open("w") as claim:
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def main() -> int:
    """0 after an ordered stop, 1 when another worker runs on this data folder."""
    logs.configure("worker")
    work = work_folder(Paths(settings().root))
    with only_worker(work) as alone:
        if not alone:
            log.error("another worker runs on this data folder", action="second_worker")
            return 1
        sweep_work(work)
        log.info("started", action="start", node=settings().node)
        asyncio.run(run(settings()))
        log.info("stopped", action="stop", node=settings().node)
    return 0


if __name__ == "__main__":
    sys.exit(main())
