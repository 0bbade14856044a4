"""What an installation has on its disk beside database and recordings: keys, outbox, settings, spool, CDR."""

import csv
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pydantic import SecretStr

from api.cli.backup import database, files
from api.cli.backup import manifest as book
from api.cli.backup.cut import Cut
from api.cli.backup.job import Job
from api.cli.backup.result import LAST
from api.cli.backup.rules import PART, merged
from dialer.machine import Paths
from dialer.settings import Settings
from recordings.cdr import call_of as call_of_record
from recordings.copies import read, up_to
from recordings.spool import AGENT, CUSTOMER
from recordings.spool import call_of as call_of_leg
from recordings.wav import header_of

# what a start makes anew, and what is kept in its own way
REMADE = frozenset(
    {"log", "tools", "prompts", "postgres", "recordings", "work", "spool", "supervisor", "asterisk", "backup"}
)
NOT_KEYS = REMADE | {"ports.json", LAST, "restoring"}


def keep_own(job: Job, outbox: dict[str, bytes], cut: Cut) -> None:
    """All in the data folder that no start could make anew; what is new there one day is kept without being named.

    Checkpoints later than the snapshot are left out: its ledger does not reach so far.
    """
    for name, content in outbox.items():
        job.keep(f"{book.KEYS}/outbox/{name}", content)
    for source in _own_files(job):
        with suppress(FileNotFoundError):
            is_copy = source.parent == job.paths.checkpoints
            kept: Path | bytes = up_to(read(source), cut.signed) if is_copy else source
            job.keep(f"{book.KEYS}/{source.relative_to(job.paths.root)}", kept)
    if job.paths.ports_file.exists():
        job.keep(book.PORTS, job.paths.ports_file)
    job.keep(book.SETTINGS, json.dumps(settings_in_force(job.settings), indent=1).encode())


def settings_in_force(settings: Settings) -> dict[str, str]:
    """Every setting as its environment variable, secrets in clear: the file is for its owner only."""
    return {f"TIANZHOU_{name.upper()}": _clear(value) for name, value in settings}


def _clear(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _own_files(job: Job) -> Iterator[Path]:
    for item in sorted(job.paths.root.iterdir()):
        if item.name in NOT_KEYS or item.name.endswith(PART) or item in (job.paths.outbox, job.where):
            continue
        found = [item] if item.is_file() else sorted(item.rglob("*"))
        yield from (path for path in found if path.is_file() and not path.is_symlink())


def read_outbox(paths: Paths) -> dict[str, bytes]:
    """What the outbox's files hold now, by name."""
    found = {}
    for item in sorted(paths.outbox.iterdir()) if paths.outbox.is_dir() else ():
        with suppress(FileNotFoundError):
            found[item.name] = item.read_bytes()
    return found


def both(before: dict[str, bytes], after: dict[str, bytes]) -> dict[str, bytes]:
    """Two looks at the outbox, before and after the snapshot, as one: nothing of either is lost."""
    names = before.keys() | after.keys()
    return {name: merged(before.get(name, b""), after.get(name, b"")) for name in sorted(names)}


def keep_spool(job: Job, cut: Cut) -> None:
    """Keeps the legs that wait for the worker, but those of calls later than the snapshot."""
    for leg in sorted(job.paths.spool.iterdir()) if job.paths.spool.is_dir() else ():
        if leg.is_file() and not leg.name.startswith(".") and not cut.is_later(call_of_leg(leg.name)):
            with suppress(FileNotFoundError):  # sealed this moment: its object is kept next
                job.keep(f"{book.SPOOL}/{leg.name}", leg)


async def keep_silent(job: Job, url: str, unsettled: list[str]) -> None:
    """Keeps an empty leg for each call settled without audio, where no file of it is kept."""
    for call in await database.settled_silent(url, unsettled):
        for suffix in (CUSTOMER, AGENT):
            name = f"{book.SPOOL}/{call}{suffix}"
            if name not in job.kept:
                job.keep(name, header_of(0))


def keep_cdr(job: Job, cut: Cut) -> None:
    """Keeps Asterisk's own records of the calls that the snapshot knows."""
    with suppress(FileNotFoundError):
        source = job.paths.cdr("main")
        job.kept[book.CDR] = files.write(job.part / book.CDR, _records(source, cut))


def _records(source: Path, cut: Cut) -> Iterator[bytes]:
    """Whole lines of calls that the snapshot knows, byte for byte."""
    with source.open("rb") as lines:
        for line in lines:
            if line.endswith(b"\n") and not cut.is_later(call_of_record(_fields(line))):
                yield line


def _fields(line: bytes) -> list[str]:
    return next(csv.reader([line.decode("utf-8", "replace")]), [])
