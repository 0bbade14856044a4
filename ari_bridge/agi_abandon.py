"""The abandoned-call message, told by Asterisk through AGI even when our service is down: 9 = never call me again.

Started by the dialplan as `abandon PROMPT` where PROMPT is a sound file's path without its extension; the wrapper
adds the opt-out file before it. Exit 0 = told; anything else makes the dialplan tell it itself.
"""

import io
import json
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from asterisk.agi import AGI, AGIError

OPT_OUT_KEY = "9"
_AFTER_MS = 3_000  # time to find the key once the message has ended
_CALL = re.compile(r"[0-9a-f-]{36}")
_QUOTES = re.compile(r"[\"\\\r\n]")


def main(argv: list[str]) -> int:
    """Tells the message, keeps an opt-out. Returns the process's exit code."""
    outbox, prompt = Path(argv[1]), Path(argv[2])
    if not is_prompt(prompt):
        return 2
    agi = AGI(sys.stdin, sys.stdout, io.StringIO())
    call = agi.env.get("agi_uniqueid", "")
    if not _CALL.fullmatch(call):
        return 2
    try:
        if ask(agi, prompt) == OPT_OUT_KEY:
            keep_opt_out(outbox, call)
            confirm(agi, prompt.with_name("optout"))
    except AGIError:
        return 0  # the customer hung up: nothing more to tell
    return 0


def is_prompt(prompt: Path) -> bool:
    """Whether this is a sound file of ours whose path can be sent over AGI."""
    return prompt.is_absolute() and not _QUOTES.search(str(prompt)) and prompt.with_suffix(".wav").is_file()


def ask(agi: AGI, prompt: Path) -> str:
    """Plays the message and waits a little; the key pressed or ''. Raises AGIError when the customer hangs up."""
    key: str = agi.stream_file(f'"{prompt}"', OPT_OUT_KEY)
    return key or str(agi.wait_for_digit(_AFTER_MS))


def confirm(agi: AGI, prompt: Path) -> None:
    """Tells the customer that the key was taken."""
    if is_prompt(prompt):
        agi.stream_file(f'"{prompt}"')


def keep_opt_out(outbox: Path, call: str) -> None:
    """Adds one line for this call and forces it to the disk."""
    line = json.dumps({"call": call, "at": datetime.now(UTC).isoformat()}) + "\n"
    descriptor = os.open(outbox, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, line.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    sys.exit(main(sys.argv))
