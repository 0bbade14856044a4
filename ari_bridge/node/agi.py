"""Writes the small executable that Asterisk starts for the abandoned-call message."""

import os
import shlex
import sys
from pathlib import Path

from dialer.machine import Paths

_REPOSITORY = Path(__file__).resolve().parents[2]


def wrapper_text(python: str, repository: Path, outbox: Path) -> str:
    """A shell script that replaces itself by our Python, however long the path is (a `#!` line is cut at 127)."""
    words = (python, "-E", "-P", str(repository / "ari_bridge" / "agi_abandon.py"), str(outbox))
    return f'#!/bin/sh\nexec {" ".join(map(shlex.quote, words))} "$@" 2>/dev/null\n'


def write_wrapper(paths: Paths) -> None:
    """Puts `abandon` into the main Asterisk's agi folder."""
    target = paths.asterisk("main") / "agi" / "abandon"
    text = wrapper_text(sys.executable, _REPOSITORY, paths.outbox / "optout.jsonl")
    if target.exists() and target.read_text() == text:
        return
    part = target.with_suffix(".part")
    part.write_text(text)
    os.chmod(part, 0o700)
    part.replace(target)
