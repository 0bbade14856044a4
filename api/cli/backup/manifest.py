"""A backup's manifest: what it holds, and whether it still does."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from api.cli.backup.errors import DamagedError
from api.cli.backup.files import Kept, look_at, write

FORMAT = 1
MANIFEST, SEAL = "manifest.json", "manifest.sha256"
DUMP, OBJECTS, SETTINGS, PORTS, CDR = "database.dump", "objects.jsonl", "settings.json", "ports.json", "cdr.csv"
LATE_KEYS = "late-keys.jsonl"  # wrapped keys of calls that were sealed after the snapshot
KEYS, SPOOL, AUDIO = "keys", "spool", "audio"


@dataclass
class Manifest:
    """What `manifest.json` says. `files` are by path in the backup; audio objects are in `objects.jsonl`."""

    name: str
    version: str
    schema: str
    taken_at: datetime
    node: str
    storage: str
    database_bytes: int
    format: int = FORMAT
    tables: dict[str, int] = field(default_factory=dict)
    files: dict[str, Kept] = field(default_factory=dict)
    objects: int = 0
    object_bytes: int = 0
    missing: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self) | {"taken_at": self.taken_at.isoformat()}


@dataclass(frozen=True)
class Stored:
    """One audio object: its key in the store and its size in bytes."""

    key: str
    size: int


@dataclass(frozen=True)
class LateKey:
    """A call's own key as the database holds it: wrapped, in hexadecimal."""

    attempt_id: str
    key_id: str
    wrapped: str

    def as_line(self) -> bytes:
        """One line of the file."""
        return json.dumps(asdict(self)).encode() + b"\n"


_keys = TypeAdapter(LateKey)
_manifests = TypeAdapter(Manifest)
_objects = TypeAdapter(Stored)


def put(part: Path, manifest: Manifest) -> None:
    """Writes the manifest and, in a file of its own, its hash: damage to it is seen as such."""
    text = json.dumps(manifest.as_json(), indent=1, ensure_ascii=False).encode()
    kept = write(part / MANIFEST, [text])
    write(part / SEAL, [f"{kept.sha256}\n".encode()])


def read(backup: Path) -> Manifest:
    """The manifest of a complete backup. Raises DamagedError."""
    try:
        text, seal = (backup / MANIFEST).read_bytes(), (backup / SEAL).read_text().strip()
        if hashlib.sha256(text).hexdigest() != seal:
            raise DamagedError(f"{backup / MANIFEST} is damaged: its hash differs. Take another backup.")
        return _manifests.validate_json(text)
    except FileNotFoundError as error:
        raise DamagedError(f"{backup} is no complete backup: {error.filename} is missing.") from error
    except (ValidationError, UnicodeDecodeError) as error:
        raise DamagedError(f"{backup / MANIFEST} cannot be read. Take another backup.") from error


def check(backup: Path, manifest: Manifest) -> None:
    """Compares every file with the manifest, and every audio object's size. Raises DamagedError with its name."""
    for name, kept in manifest.files.items():
        _check_file(backup / name, kept)
    for item in objects(backup):
        _check_object(backup / AUDIO / item.key, item, manifest)


def objects(backup: Path) -> Iterator[Stored]:
    """The audio objects of a checked backup."""
    with (backup / OBJECTS).open("rb") as lines:
        for line in lines:
            yield _objects.validate_json(line)


def late_keys(backup: Path, manifest: Manifest) -> list[LateKey]:
    """The wrapped keys of calls sealed after the snapshot, of a checked backup."""
    if LATE_KEYS not in manifest.files:  # of a version before
        return []
    return [_keys.validate_json(line) for line in (backup / LATE_KEYS).read_bytes().splitlines()]


def _check_file(path: Path, kept: Kept) -> None:
    try:
        now = look_at(path)
    except OSError as error:
        raise DamagedError(f"{path} is missing from the backup. Take another backup.") from error
    if now != kept:
        what = "its hash differs" if now.size == kept.size else f"{now.size} bytes instead of {kept.size}"
        raise DamagedError(f"{path} is damaged: {what}. Take another backup.")


def _check_object(path: Path, item: Stored, manifest: Manifest) -> None:
    if manifest.storage != "local":
        return
    try:
        size = path.stat().st_size
    except OSError as error:
        raise DamagedError(f"The recording {path} is missing from the backup. Take another backup.") from error
    if size != item.size:
        raise DamagedError(f"The recording {path} is damaged: {size} bytes instead of {item.size}.")
