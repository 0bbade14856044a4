"""`tianzhou doctor`: looks at every part of a running installation and says what to do about a problem."""

import asyncio
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from api.cli.manager import HOME
from api.cli.probes import FRESH_S, application_url, beat, database_clock, http_answers, http_url
from dialer.account import service_user
from dialer.machine import Paths
from dialer.settings import Settings
from dialer.store.database import make_engine
from dialer.store.tables import ledger

MEBIBYTE = 1 << 20
CLOCK_S = 1.0
START_IT = "Start Tianzhou: make run"


@dataclass(frozen=True)
class Finding:
    """One line: a part, whether it is well, what was seen, and what to do if it is not."""

    part: str
    ok: bool
    seen: str
    todo: str = ""


def run(settings: Settings, as_json: bool) -> int:
    """Prints a finding per part; exit code 1 when one has a problem."""
    findings = list(examine(settings))
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings]))
    else:
        print("\n".join(line(finding) for finding in findings))
    return 0 if all(finding.ok for finding in findings) else 1


def line(finding: Finding) -> str:
    """A finding for a person."""
    text = f"{'ok' if finding.ok else 'PROBLEM':<8} {finding.part:<11} {finding.seen}"
    return text if finding.ok else f"{text}\n{'':20} -> {finding.todo}"


def examine(settings: Settings) -> Iterator[Finding]:
    """All findings; every look has a time-out and none changes anything."""
    paths, url = Paths(settings.root), application_url(settings)
    clock = database_clock(url)
    yield _postgres(clock)
    yield _clock(clock, asyncio.run(_newest_entry(url)) if clock else None)
    yield _asterisk()
    yield _disk(settings, paths)
    yield _spool(paths)
    yield _alive(url, "dialer", settings.node, paths)
    yield _alive(url, "worker", f"worker:{settings.node}", paths)
    yield _api(settings, paths)


def _postgres(clock: datetime | None) -> Finding:
    if clock is None:
        return Finding("postgres", False, "does not answer", f"{START_IT}; with your own server check the URL.")
    return Finding("postgres", True, "answers")


def _clock(database: datetime | None, newest: datetime | None) -> Finding:
    now = datetime.now(UTC)
    todo = "Set the clock (timedatectl set-ntp true): times are evidence."
    if database is None:
        return Finding("clock", True, f"{now:%Y-%m-%d %H:%M:%S} UTC, nothing to compare it with")
    off_s = abs((database - now) / timedelta(seconds=1))
    if off_s > CLOCK_S:
        return Finding("clock", False, f"{off_s:.1f} s away from the database's clock", todo)
    if newest is not None and newest > now + timedelta(seconds=CLOCK_S):
        return Finding("clock", False, f"behind the ledger's newest entry of {newest:%Y-%m-%d %H:%M:%S} UTC", todo)
    return Finding("clock", True, f"{now:%Y-%m-%d %H:%M:%S} UTC, agrees with the database")


def _asterisk() -> Finding:
    argv = [sys.executable, "-m", "ari_bridge.node", "ready", "main", "--timeout", "3"]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False, cwd=HOME)
    except subprocess.TimeoutExpired:
        return Finding("asterisk", False, "does not answer in time", f"{START_IT}; see log/asterisk.log.")
    words = (done.stdout if done.returncode == 0 else done.stderr or done.stdout).strip().splitlines()
    if done.returncode == 0:
        return Finding("asterisk", True, words[-1] if words else "ready")
    return Finding("asterisk", False, words[-1] if words else "is not ready", f"{START_IT}; see log/asterisk.log.")


def _disk(settings: Settings, paths: Paths) -> Finding:
    where = paths.spool if paths.spool.exists() else HOME
    free = shutil.disk_usage(where).free // MEBIBYTE
    seen = f"{free} MB free, {settings.disk_reserve_mb} MB are the reserve"
    todo = f"Make room on the file system of {where}: below the reserve nothing is dialed."
    return Finding("disk", free > settings.disk_reserve_mb, seen, todo)


def _spool(paths: Paths) -> Finding:
    """Asked of the folder's owner and mode: root may write anywhere, and a test file would look like a recording."""
    if not paths.spool.is_dir():
        return Finding("spool", False, f"{paths.spool} is missing", START_IT)
    entry, system = paths.spool.stat(), os.statvfs(paths.spool)
    owner = service_user()
    writable = paths.spool.owner() == owner and entry.st_mode & stat.S_IWUSR and not system.f_flag & os.ST_RDONLY
    seen = f"{paths.spool} is {'' if writable else 'not '}writable by {owner}"
    return Finding(
        "spool", bool(writable), seen, "Give the data folder back to the user that runs Tianzhou (chown -R)."
    )


def _alive(url: str, part: str, name: str, paths: Paths) -> Finding:
    last = beat(url, name)
    todo = f"{START_IT}; if it runs, see {paths.log / part}.log."
    if last is None:
        return Finding(part, False, f"no heartbeat of {name}", todo)
    return Finding(part, last.age_s < FRESH_S, f"{name}, last heartbeat {last.age_s:.1f} s ago", todo)


def _api(settings: Settings, paths: Paths) -> Finding:
    try:
        url = http_url(settings)
    except FileNotFoundError:
        return Finding("api", False, "was never set up", START_IT)
    answers = http_answers(f"{url}/health")
    return Finding(
        "api",
        answers,
        f"{url} {'answers' if answers else 'does not answer'}",
        f"{START_IT}; see {paths.log}/api.log.",
    )


async def _newest_entry(url: str) -> datetime | None:
    engine = make_engine(url, pool_size=1)
    try:
        async with engine.connect() as connection:
            newest: datetime | None = (await connection.execute(select(func.max(ledger.c.appended_at)))).scalar_one()
            return newest
    except (OSError, SQLAlchemyError, TimeoutError):
        return None
    finally:
        await engine.dispose()
