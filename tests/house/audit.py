"""Looks our pinned packages up among the known security holes: `python -m tests.house.audit`.

Three ends, told apart: nothing known (0), a known hole (1), and advisories that could not be read (0, said plainly):
a machine without a way to the advisory service is no fault of the code, and a silent pass would be a lie.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PINS = Path(__file__).parents[2] / "constraints.txt"
WITHIN_S = 120
COMMAND = ("-m", "pip_audit", "--vulnerability-service", "pypi", "--disable-pip", "--no-deps", "--format", "json")
QUIET = ("--progress-spinner", "off", "--timeout", "5")


@dataclass(frozen=True)
class Audit:
    """What the advisory service said: `holes` as `package version: ids`, and how many packages it knew."""

    holes: tuple[str, ...]
    known: int
    asked: int


def read(answer: str) -> Audit:
    """pip-audit's answer; one that is not JSON (no network) knows nothing of anything."""
    try:
        rows: list[dict[str, Any]] = json.loads(answer)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Audit((), 0, 0)
    holes = tuple(f"{row['name']} {row['version']}: {_ids(row)}" for row in rows if row.get("vulns"))
    return Audit(holes, sum("skip_reason" not in row for row in rows), len(rows))


def verdict(audit: Audit) -> tuple[int, str]:
    """The exit code and the sentence."""
    if audit.holes:
        return 1, "Known security holes in pinned packages, update constraints.txt:\n" + "\n".join(audit.holes)
    if not audit.known:
        return 0, "Advisories could not be read: whether a pinned package has a known security hole was NOT checked."
    if audit.known < audit.asked:
        return 0, f"No known security hole in {audit.known} packages; {audit.asked - audit.known} are unknown there."
    return 0, f"No known security hole in {audit.known} packages."


def _ids(row: dict[str, Any]) -> str:
    return ", ".join(hole["id"] for hole in row["vulns"])


def _ask(pins: Path) -> str:
    argv = [sys.executable, *COMMAND, *QUIET, "--requirement", str(pins)]
    try:
        return subprocess.run(argv, capture_output=True, text=True, timeout=WITHIN_S, check=False).stdout
    except subprocess.TimeoutExpired:
        return ""


def main(arguments: Sequence[str]) -> int:
    """Prints the verdict; takes a file of pins in place of ours."""
    code, said = verdict(read(_ask(Path(arguments[0]) if arguments else PINS)))
    print(said)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
