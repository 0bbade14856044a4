"""`python -m api.cli.backup.nightly`: sleeps until the next backup is due, lets a process of its own take it.

Only the sleeper stays in memory. Killed at any moment, it starts again and finds what is due.
"""

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from api.cli.backup.rules import next_run, read_at
from api.cli.backup.shelf import born_at, newest_at
from dialer import logs
from dialer.settings import Settings, settings

LOOK_S = 30.0  # a machine that slept, or whose clock was set, is late by no more
AGAIN = timedelta(hours=1)  # after a failure
COMMAND = ("setpriv", "--pdeathsig", "TERM", sys.executable, "-m", "api.cli.main", "backup", "--json")
log = structlog.get_logger()


def due_at(here: Settings, now: datetime, failed_at: datetime | None) -> datetime | None:
    """When the next backup is to be made; None = never. Raises ValueError on a time of day that is none."""
    at = read_at(here.backup_at)
    if at is None:
        return None
    last = newest_at(here) or born_at(here) or now
    due = next_run(now, last, at, ZoneInfo(here.zone))
    return max(due, failed_at + AGAIN) if failed_at else due


def run(here: Settings) -> None:
    """For ever."""
    failed_at: datetime | None = None
    while True:
        due = due_at(here, datetime.now(UTC), failed_at)
        log.info("the next backup", action="backup_due", at=due.isoformat() if due else "never")
        _sleep_until(due)
        failed_at = None if _back_up() else datetime.now(UTC)


def main() -> int:
    """1 when the time of day cannot be read."""
    logs.configure("backup")
    try:
        read_at(settings().backup_at)
    except ValueError:
        log.error("TIANZHOU_BACKUP_AT is no time of day: write it as 02:30", action="backup_at_bad")
        return 1
    run(settings())
    return 0


def _sleep_until(due: datetime | None) -> None:
    while due is None or datetime.now(UTC) < due:
        time.sleep(LOOK_S if due is None else min(LOOK_S, max(0.1, (due - datetime.now(UTC)).total_seconds())))


def _back_up() -> bool:
    began = time.monotonic()
    done = subprocess.run(COMMAND, capture_output=True, text=True, check=False)
    took_s = round(time.monotonic() - began, 1)
    if done.returncode == 0:
        log.info("backed up", action="backup_done", took_s=took_s)
        return True
    why = (done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1]
    log.error("the backup failed", action="backup_failed", why=why, took_s=took_s)
    return False


if __name__ == "__main__":
    sys.exit(main())
