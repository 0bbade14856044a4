"""One line of the doctor."""

from dataclasses import dataclass

START_IT = "Start Tianzhou: .venv/bin/tianzhou up"


@dataclass(frozen=True)
class Finding:
    """A part, whether it is well, what was seen, and the one next step if it is not."""

    part: str
    ok: bool
    seen: str
    todo: str = ""


def well(part: str, seen: str) -> Finding:
    """Nothing to do."""
    return Finding(part, True, seen)


def ill(part: str, seen: str, todo: str) -> Finding:
    """Something to do."""
    return Finding(part, False, seen, todo)


def hidden(part: str) -> Finding:
    """A part of which only a well database tells."""
    return ill(part, "not known while postgres or schema is ill", "Mend that first, then ask the doctor again.")
