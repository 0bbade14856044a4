"""Is it ready? Each probe answers at once, true or false, and never raises; `up` and `doctor` both ask."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from dialer.machine import Paths, load_ports
from dialer.settings import Settings
from dialer.store import embedded
from dialer.store.database import make_engine
from dialer.store.tables import nodes

Probe = Callable[[], bool]
FRESH_S = 5.0
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}  # noqa: S104 - compared with, not bound  # nosec B104


@dataclass(frozen=True)
class Beat:
    """The last sign of life of a dialer node or a worker."""

    at: datetime
    age_s: float
    health: dict[str, Any]


def owner_url(settings: Settings) -> str:
    """The database URL of the role that migrates."""
    return settings.database_url or embedded.url(Paths(settings.root), embedded.OWNER)


def application_url(settings: Settings) -> str:
    """The database URL of the role that the programs use."""
    return settings.database_url or embedded.url(Paths(settings.root))


def database_answers(url: str) -> bool:
    """Whether PostgreSQL takes connections; the embedded one is asked before our database exists in it."""
    return asyncio.run(_clock(url.replace(f"/{embedded.DATABASE}?", "/postgres?"))) is not None


def database_clock(url: str) -> datetime | None:
    """What time the database has, or nothing when it does not answer."""
    return asyncio.run(_clock(url))


def beat(url: str, name: str) -> Beat | None:
    """The last heartbeat of `name`, or nothing when there is none or the database does not answer."""
    return asyncio.run(_beat(url, name))


def is_beating(url: str, name: str, since: datetime) -> bool:
    """Whether `name` has a heartbeat after `since` (the database's clock) that is fresh."""
    last = beat(url, name)
    return last is not None and last.at >= since and last.age_s < FRESH_S


def http_url(settings: Settings) -> str:
    """Where a browser on this machine finds the api. Raises FileNotFoundError before set-up."""
    host = ANY_ADDRESS.get(settings.http_host, settings.http_host)
    return f"http://{host}:{load_ports(Paths(settings.root)).http}"


def http_answers(url: str) -> bool:
    """Whether a GET of the URL answers 200; proxies of the environment are not asked."""
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


class ModuleProbe:
    """`python -m module ...` ends with 0 once a thing is ready; asked again while it does not."""

    def __init__(self, *arguments: str) -> None:
        self._argv = ["setpriv", "--pdeathsig", "TERM", sys.executable, "-m", *arguments]
        self._child: subprocess.Popen[bytes] | None = None

    def __call__(self) -> bool:
        """Whether it is ready; starts the asking when none is under way."""
        if self._child is None:
            quiet = subprocess.DEVNULL
            self._child = subprocess.Popen(
                self._argv, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
            )
        code = self._child.poll()
        if code is not None:
            self._child = None
        return code == 0


async def _clock(url: str) -> datetime | None:
    engine = make_engine(url, pool_size=1)
    try:
        async with engine.connect() as connection:
            clock: datetime = (await connection.execute(text("select clock_timestamp()"))).scalar_one()
            return clock.astimezone(UTC)
    except (OSError, SQLAlchemyError, TimeoutError):
        return None
    finally:
        await engine.dispose()


async def _beat(url: str, name: str) -> Beat | None:
    engine = make_engine(url, pool_size=1)
    asked = select(nodes.c.heartbeat_at, text("clock_timestamp()"), nodes.c.health).where(nodes.c.name == name)
    try:
        async with engine.connect() as connection:
            row = (await connection.execute(asked)).first()
    except (OSError, SQLAlchemyError, TimeoutError):
        return None
    finally:
        await engine.dispose()
    return Beat(row[0], (row[1] - row[0]) / timedelta(seconds=1), row[2]) if row else None
