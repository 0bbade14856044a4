"""Refuses files that make every clone slow for ever: `python -m tests.house.large [FILE...]`; hook and test."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tests.house.files import tracked

LIMIT_KB = 300
ALLOWED_KB = {"package-lock.json": 1000, "schema.d.ts": 1000}  # made by programs, and compress well


def too_large(paths: Iterable[Path]) -> Iterator[str]:
    """A line for each file above its limit."""
    for path in paths:
        size = path.stat().st_size // 1024
        if size > ALLOWED_KB.get(path.name, LIMIT_KB):
            yield f"{path}: {size} KB; keep it outside, or make it smaller"


def main(arguments: Sequence[str]) -> int:
    """0 when none is too large; looks at these files, or at all."""
    lines = list(too_large(map(Path, arguments) if arguments else tracked()))
    print("\n".join(lines))
    return bool(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
