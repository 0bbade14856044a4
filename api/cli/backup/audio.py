"""The stored recordings in a backup: linked where they can be, copied where not, only listed where they lie in S3."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from api.cli.backup import files
from api.cli.backup import manifest as book
from api.cli.backup.cut import Cut
from api.cli.backup.job import Job, same_disk
from api.cli.backup.manifest import Manifest
from recordings.storage import call_of_key

STAGED = "#"  # in the name of an object that is being written


def keep_audio(job: Job, cut: Cut, stored: dict[str, int], manifest: Manifest) -> None:
    """Keeps every object known to the snapshot: linked from a local store, only listed from a remote one."""
    lines = _linked(job, cut, stored, manifest) if job.is_local else _listed(stored, manifest)
    job.kept[book.OBJECTS] = files.write(job.part / book.OBJECTS, lines)
    if not job.is_local:
        job.screen.say(f"  note     recordings stay in {job.settings.storage_url}: the backup only lists them")
    if manifest.missing:
        job.screen.say(f"  MISSING  {len(manifest.missing)} recordings are not in the store: `tianzhou verify`")


def _linked(job: Job, cut: Cut, stored: dict[str, int], manifest: Manifest) -> Iterator[bytes]:
    """Every object of the local store that is not later than the snapshot.

    One that the store has lost is carried on from the newest backup, lest the backups lose it too.
    """
    missing = set(stored)
    for key in stored_keys(job.paths.recordings):
        if not cut.is_later(call_of_key(key)):
            files.link_or_copy(_sources(job, key), job.part / book.AUDIO / key)
            missing.discard(key)
            yield _line(key, (job.part / book.AUDIO / key).stat().st_size, manifest)
    manifest.missing = sorted(missing)
    for key in manifest.missing:
        if (held := job.held(key)) is not None:
            files.link_or_copy([held], job.part / book.AUDIO / key)
            yield _line(key, held.stat().st_size, manifest)


def _listed(stored: dict[str, int], manifest: Manifest) -> Iterator[bytes]:
    for key, size in stored.items():
        yield _line(key, size, manifest)


def _line(key: str, size: int, manifest: Manifest) -> bytes:
    manifest.objects += 1
    manifest.object_bytes += size
    return json.dumps({"key": key, "size": size}).encode() + b"\n"


def _sources(job: Job, key: str) -> Iterator[Path]:
    """The object, or the newest backup's link to it where only that is on the backup's file system."""
    current, held = job.paths.recordings / key, job.held(key)
    other_disk = not same_disk(job.paths.recordings, job.where)
    if held and other_disk and held.stat().st_size == current.stat().st_size:
        yield held
    yield current


def stored_keys(root: Path) -> Iterator[str]:
    """The key of every whole object in a local store, in order."""
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            if STAGED not in name:
                yield str(Path(folder, name).relative_to(root))
