"""The files of the project as git sees them, for the checks of the house."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that is committed or would be; needs a git checkout."""
    argv = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=30, check=True)
    return tuple(path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file())


def python_files(*folders: str) -> list[Path]:
    """Our Python below these folders; all of it without any."""
    return [path for path in tracked() if path.suffix == ".py" and (not folders or _top(path) in folders)]


def text_files() -> list[tuple[str, str]]:
    """Name and text of every file that is text."""
    return [(str(path.relative_to(ROOT)), text) for path in tracked() if (text := _text(path)) is not None]


def _top(path: Path) -> str:
    return path.relative_to(ROOT).parts[0]


def _text(path: Path) -> str | None:
    try:
        return path.read_text()
    except UnicodeDecodeError:
        return None
