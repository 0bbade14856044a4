"""The copies of the checkpoints outside the database: one file for each day (UTC), notes with an empty line between.

Whoever owns the database cannot change what lies here; whoever has both needs a copy kept elsewhere to be found out
(`tianzhou verify --checkpoints FILE`). Blocking; run in a thread.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from recordings.audio import sync
from recordings.notes import opened, torn_off

DAY_FILE = re.compile(r"\d{4}-\d{2}-\d{2}\.txt")
FILE_MODE, FOLDER_MODE = 0o640, 0o750


@dataclass(frozen=True)
class Content:
    """What one file holds: its notes in their order, and what stands after them and is none."""

    name: str
    notes: list[str]
    rest: str


class Copies:
    """The folder of copies."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def append(self, note: str, made_at: datetime) -> None:
        """Adds a note to its day's file, on the disk when this returns. Raises OSError."""
        self._folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        path = self._folder / f"{made_at.astimezone(UTC):%Y-%m-%d}.txt"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, FILE_MODE)
        try:
            content = f"{note}\n".encode()
            if os.write(descriptor, content) != len(content):
                raise OSError(f"{path} took only a part of a checkpoint")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        sync(self._folder)

    def newest(self) -> tuple[str | None, str]:
        """The last whole note, and what stands after it, which is a torn note or none of ours. Raises OSError."""
        rest = ""
        for path in reversed(self._files()):
            found = read(path)
            rest = rest or found.rest
            if found.notes:
                return found.notes[-1], rest
        return None, rest

    def cut(self, rest: str) -> None:
        """Takes a torn note off the newest file: the disk was full or the power went. Raises OSError."""
        path = self._files()[-1]
        os.truncate(path, path.stat().st_size - len(rest.encode()))

    def read(self) -> Iterator[Content]:
        """Every file, the oldest first, also those that should not be here. Raises OSError."""
        if self._folder.is_dir():
            yield from (read(path) for path in sorted(self._folder.iterdir()))

    def _files(self) -> list[Path]:
        if not self._folder.is_dir():
            return []
        return sorted(path for path in self._folder.iterdir() if DAY_FILE.fullmatch(path.name))


def read(path: Path) -> Content:
    """A file of notes; every byte of it is in `notes` or `rest`. Raises OSError."""
    content = path.read_bytes().decode("utf-8", "backslashreplace")
    notes, rest = torn_off(content)
    return Content(path.name, notes, rest)


def size_of(note: str) -> int:
    """How many rows a note covers, its signature not looked at. Raises NoteError."""
    return opened(note, None).size


def up_to(content: Content, size: int) -> bytes:
    """A file's content without the checkpoints beyond a size, as a backup of an older database needs it."""
    kept = [note for note in content.notes if size_of(note) <= size]
    rest = content.rest if len(kept) == len(content.notes) else ""
    return ("".join(f"{note}\n" for note in kept) + rest).encode("utf-8", "backslashreplace")
