"""`tianzhou backup` and `tianzhou restore`: what they say and how they end."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from api.cli.backup.errors import BackupError, RestoreError
from api.cli.backup.manifest import DUMP, Manifest
from api.cli.backup.restore import restore
from api.cli.backup.result import LAST, Result, note
from api.cli.backup.shelf import backup_folder
from api.cli.backup.take import take
from api.cli.errors import CliError
from api.cli.screen import Screen
from dialer.account import make_service_user, own
from dialer.machine import MachineError, Paths
from dialer.settings import Settings
from dialer.store.embedded import EmbeddedError
from dialer.store.migrate import MigrationError
from recordings.errors import RecordingError


def run_backup(settings: Settings, to: str, as_json: bool) -> int:
    """One backup; 0 when it is complete, recordings that the store has lost being named. Raises CliError."""
    paths = Paths(settings.root)
    if not paths.secrets_file.exists():
        raise BackupError(f"{paths.root} was never set up: there is nothing to back up. Set TIANZHOU_DATA_DIR?")
    make_service_user()
    where = Path(to).absolute() if to else backup_folder(settings)
    try:
        done, manifest = asyncio.run(take(settings, where, _screen(as_json)))
    except CliError as error:
        _note(settings, where, "", str(error))
        raise
    lost = f"{len(manifest.missing)} recordings are not in the store" if manifest.missing else ""
    _note(settings, where, manifest.name, lost)
    print(json.dumps(manifest.as_json() | {"path": str(done)}) if as_json else "\n".join(_lines(done, manifest)))
    return 0


def run_restore(settings: Settings, backup: str, as_json: bool) -> int:
    """Restores into the empty data folder of the settings; 0 when all is there. Raises CliError."""
    try:
        manifest = restore(settings, Path(backup).absolute(), _screen(as_json))
    except (EmbeddedError, MachineError, MigrationError, RecordingError) as error:
        raise RestoreError(f"The restore did not come to its end: {error}") from error
    except OSError as error:
        raise RestoreError(f"The restore did not come to its end: {error}. Empty {settings.root}.") from error
    if as_json:
        print(json.dumps(manifest.as_json() | {"path": str(settings.root)}))
    else:
        rows = sum(manifest.tables.values())
        print(f"Restored into {settings.root}: {rows} rows, {manifest.objects} recordings, as of {_when(manifest)}.")
        print("Next: `tianzhou up` on it, then `tianzhou verify`. Paused campaigns wait for somebody to start them.")
    return 0


def _lines(done: Path, manifest: Manifest) -> list[str]:
    size = sum(kept.size for kept in manifest.files.values()) + manifest.object_bytes
    return [
        f"Backed up: {done}",
        f"  {sum(manifest.tables.values())} rows ({manifest.files[DUMP].size >> 10} KB dumped), "
        f"{manifest.objects} recordings, {size >> 20} MB together, as of {_when(manifest)}",
    ]


def _when(manifest: Manifest) -> str:
    return f"{manifest.taken_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _note(settings: Settings, where: Path, name: str, why: str) -> None:
    """Remembers how the backup that `doctor` asks for went; one into another folder is a person's own."""
    if where == backup_folder(settings):
        note(Paths(settings.root), Result(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", name, why))
        for path in (where, settings.root / LAST):
            if path.exists():  # made by root, it must be the nightly one's too
                own(path)


def _screen(as_json: bool) -> Screen:
    return Screen(Console(quiet=True)) if as_json else Screen()
