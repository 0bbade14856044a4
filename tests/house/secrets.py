"""What must never be committed: `python -m tests.house.secrets [FILE...]`, a pre-commit hook and a test.

Keys and tokens by their shape, package registries by their host (a machine's own configuration names them), and
folders of somebody's machine.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.house.files import ROOT, text_files

OURSELVES = ("tests/house/secrets.py", "tests/house/test_house_secrets.py")
SHAPES = {
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    "a cloud access key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "an access token": re.compile(
        r"\b(?:gh[pousr]_[0-9A-Za-z]{36}|glpat-[\w-]{20}|xox[abprs]-[\w-]{10,}|sk-[\w-]{32,})"
    ),
    "a URL with a password": re.compile(
        r"\b[a-z][a-z0-9+]*://[^\s:/@'\"<>{}]+:(?!password@)[^\s:/@'\"<>{}]{6,}@(?!\w*\.?example\b)[^\s'\"]+"
    ),
    "a package registry's host": re.compile(
        r"\b(?:pypi\.org|files\.pythonhosted\.org|registry\.npmjs\.org|registry\.yarnpkg\.com|deb\.debian\.org)\b"
    ),
    "a path of one machine": re.compile(r"(?<![\w.$}/-])/(?:work|home|Users|opt|mnt|root)/[A-Za-z0-9_.-]+"),
}


def found(texts: Sequence[tuple[str, str]]) -> Iterator[str]:
    """A line for each thing that must not be there; the thing itself is not repeated."""
    for name, text in texts:
        if name not in OURSELVES:
            for number, line in enumerate(text.splitlines(), 1):
                yield from (f"{name}:{number}: {what}" for what, shape in SHAPES.items() if shape.search(line))


def main(arguments: Sequence[str]) -> int:
    """0 when nothing is found; looks at these files, or at all."""
    wanted = {str(Path(argument).resolve().relative_to(ROOT)) for argument in arguments}
    lines = list(found([(name, text) for name, text in text_files() if not wanted or name in wanted]))
    print("\n".join(lines))
    return bool(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
