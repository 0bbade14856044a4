"""Files into and out of a backup: copied or linked, private, hashed, on the disk before anybody relies on them."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from api.cli.backup.errors import BackupError
from api.cli.backup.rules import PART
from recordings.audio import sync

PIECE = 1 << 20
FILE_MODE, FOLDER_MODE = 0o600, 0o700


@dataclass(frozen=True)
class Kept:
    """A file as it was written."""

    size: int
    sha256: str


def write(target: Path, pieces: Iterable[bytes]) -> Kept:
    """Writes a new private file, fsynced."""
    folder(target.parent)
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    with os.fdopen(descriptor, "wb") as out:
        for piece in pieces:
            out.write(piece)
            digest.update(piece)
            size += len(piece)
        out.flush()
        os.fsync(out.fileno())
    return Kept(size, digest.hexdigest())


def pieces_of(source: Path) -> Iterator[bytes]:
    """A file's bytes as long as it is now: one that is being written would never end. Raises OSError at once."""
    return _pieces(source.open("rb"))


def _pieces(opened: BinaryIO) -> Iterator[bytes]:
    with opened:
        left = os.fstat(opened.fileno()).st_size
        while left and (piece := opened.read(min(PIECE, left))):
            left -= len(piece)
            yield piece


def look_at(path: Path) -> Kept:
    """Size and hash of a file as it lies there. Raises OSError."""
    with path.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
        return Kept(os.fstat(opened.fileno()).st_size, digest)


def link_or_copy(sources: Iterable[Path], target: Path) -> None:
    """A hard link to the first source that allows one, else a copy of the last. Only for files that never change."""
    folder(target.parent)
    source = target
    for source in sources:
        try:
            os.link(source, target)
        except OSError:  # another file system, or one without links
            continue
        return
    write(target, pieces_of(source))


def folder(path: Path) -> Path:
    """The folder, made private where it is missing."""
    if not path.is_dir():
        folder(path.parent)
        path.mkdir(mode=FOLDER_MODE, exist_ok=True)
    return path


def sync_tree(root: Path) -> None:
    """Puts the names of all files below on the disk; their content already is."""
    for path, _, _ in os.walk(root):
        sync(Path(path))


def size_below(root: Path) -> int:
    """Bytes of all files below; a file that vanishes meanwhile counts nothing."""
    total = 0
    for path, _, names in os.walk(root):
        for name in names:
            try:
                total += os.lstat(os.path.join(path, name)).st_size
            except FileNotFoundError:
                continue
    return total


def remove(done: Path) -> None:
    """Deletes a backup; killed in between, what is left has no name of a complete one."""
    going = done.with_name(f"{done.name}{PART}")
    done.rename(going)
    shutil.rmtree(going)


def sweep_parts(where: Path) -> list[str]:
    """Deletes what runs that were killed left behind; their names."""
    found = [item for item in where.iterdir() if item.name.endswith(PART) and item.is_dir()]
    for item in found:
        shutil.rmtree(item)
    return [item.name for item in found]


@contextmanager
def alone(where: Path) -> Iterator[None]:
    """One backup at a time into a folder; the kernel ends the claim with the process. Raises BackupError."""
    descriptor = os.open(where, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise BackupError(f"Another backup into {where} is running: wait for its end.") from error
    finally:
        os.close(descriptor)
