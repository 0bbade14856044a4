"""The folder of backups and what stands in it; light enough for a program that mostly sleeps."""

from datetime import UTC, datetime
from pathlib import Path

from api.cli.backup.rules import is_name, moment_of_name
from dialer.machine import Paths
from dialer.settings import Settings


def backup_folder(settings: Settings) -> Path:
    """Where the nightly backups lie."""
    return Path(settings.backup_dir).absolute() if settings.backup_dir else settings.root / "backup"


def complete(where: Path) -> list[str]:
    """Names of the complete backups in a folder, oldest first."""
    return sorted(item.name for item in where.iterdir() if is_name(item.name)) if where.is_dir() else []


def newest_at(settings: Settings) -> datetime | None:
    """When the newest complete backup was begun."""
    names = complete(backup_folder(settings))
    return moment_of_name(names[-1]) if names else None


def born_at(settings: Settings) -> datetime | None:
    """When the installation was set up: its secrets are written once. None before that."""
    try:
        return datetime.fromtimestamp(Paths(settings.root).secrets_file.stat().st_mtime, UTC)
    except OSError:
        return None
