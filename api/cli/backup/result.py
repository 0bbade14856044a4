"""What the last backup came to, in a file: `doctor` reads it when nothing runs."""

import json
import os
from dataclasses import asdict, dataclass

from dialer.machine import Paths

LAST = "backup-last.json"


@dataclass(frozen=True)
class Result:
    """The last run into the folder of the settings; `why` is empty when it is complete."""

    at: str
    name: str
    why: str


def note(paths: Paths, result: Result) -> None:
    """Replaces the file."""
    part = paths.root / f"{LAST}.part"
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump(asdict(result), out)
    part.replace(paths.root / LAST)


def last(paths: Paths) -> Result | None:
    """The last result; None where there is none that can be read."""
    try:
        return Result(**json.loads((paths.root / LAST).read_text()))
    except (OSError, ValueError, TypeError):
        return None
