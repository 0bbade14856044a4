"""How old the newest backup is."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from api.cli.backup import result
from api.cli.backup.nightly import due_at
from api.cli.backup.rules import OVERDUE
from api.cli.backup.shelf import born_at, newest_at
from api.cli.doctor.finding import Finding, ill, well
from dialer.machine import Paths
from dialer.settings import Settings

NOW = "Type: .venv/bin/tianzhou backup"


def examine(settings: Settings, now: datetime) -> Finding:
    """A problem when the newest is more than a night old, or lacks recordings that the store has lost."""
    try:
        due = due_at(settings, now, None)
    except (ValueError, ZoneInfoNotFoundError):
        return ill("backup", f"TIANZHOU_BACKUP_AT is {settings.backup_at!r}", "Write it as a time of day: 02:30")
    newest, last = newest_at(settings), result.last(Paths(settings.root))
    why = f"; the last try at {last.at}: {last.why}" if last and last.why else ""
    since = newest or born_at(settings)
    if due is None:
        return well("backup", "the nightly one is switched off (TIANZHOU_BACKUP_AT is empty)")
    if since is None:
        return well("backup", "there is nothing to back up yet")
    if now - since > OVERDUE:
        seen = f"the newest is {_age(now, newest)} old" if newest else "there is none"
        return ill("backup", f"{seen}{why}", f"{NOW} (log/backup.log says why the nightly one was not made)")
    if why:
        seen = "the newest lacks something" if newest else "there is none"
        return ill("backup", f"{seen}{why}", f"Mend that. {NOW}")
    there = f"the newest is {_age(now, newest)} old" if newest else "none yet"
    return well("backup", f"{there}, the next is due {due.astimezone(ZoneInfo(settings.zone)):%Y-%m-%d %H:%M}")


def _age(now: datetime, then: datetime | None) -> str:
    return f"{(now - then).total_seconds() / 3600:.0f} h" if then else "?"
