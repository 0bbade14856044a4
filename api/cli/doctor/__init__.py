"""`tianzhou doctor`: looks at every part, running or not, and says the one next step where something is wrong.

The slow looks (database, Asterisk, process manager) go side by side, each with a time-out; none changes anything.
"""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime

from api.cli.doctor import backups, database, machine, processes, switch
from api.cli.doctor.finding import Finding
from dialer.machine import Paths
from dialer.settings import Settings

TALK_S = 3.0  # a word with the process manager


def run(settings: Settings, as_json: bool) -> int:
    """Prints a finding per part; exit code 1 when one has a problem."""
    socket.setdefaulttimeout(TALK_S)
    findings = list(examine(settings))
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings]))
    else:
        print("\n".join(line(finding) for finding in findings))
    return 0 if all(finding.ok for finding in findings) else 1


def line(finding: Finding) -> str:
    """A finding for a person."""
    text = f"{'ok' if finding.ok else 'PROBLEM':<8} {finding.part:<16} {finding.seen}"
    return text if finding.ok else f"{text}\n{'':25} -> {finding.todo}"


def examine(settings: Settings) -> Iterator[Finding]:
    """All findings, in the order in which one would mend them."""
    paths, now = Paths(settings.root), datetime.now(UTC)
    with ThreadPoolExecutor(4) as looks:
        base = looks.submit(database.look, settings)
        asterisk = looks.submit(switch.look, settings)
        programs = looks.submit(processes.programs, paths)
        synchronised = looks.submit(machine.ntp)
    yield from machine.examine(settings, paths)
    yield synchronised.result()
    yield from database.examine(base.result(), settings, paths, now)
    yield from switch.examine(asterisk.result(), base.result(), settings, paths)
    yield from processes.examine(programs.result(), base.result(), settings, paths)
    yield backups.examine(settings, now)
