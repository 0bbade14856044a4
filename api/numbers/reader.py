"""A file's rows read and judged in a process of their own, so that Python and PostgreSQL work side by side.

The child writes batches to a pipe, which holds it back when PostgreSQL is slower; it ends when nobody reads any more.
Standard output is the pipe, so what the child has to log goes to standard error.
"""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import structlog

from api.numbers.batches import Batch, batches
from api.numbers.files import rows_from
from api.numbers.rules import Consent, Meaning, Plan
from dialer import logs

AHEAD = 2_000_000  # bytes of batches that wait here
BATCH_S = 120  # a batch that is not here by then never comes
LOST = 3  # exit code: there is no such file

log = structlog.get_logger()


class ReaderFailed(Exception):
    """The child ended before the file did; why is in the log."""


@dataclass(frozen=True)
class Job:
    """What is to be read: from which byte of the plain form on, after how many heads, in batches of how many rows."""

    file: str
    import_id: str
    plan: Plan
    position: int
    heads: int
    size: int


async def batches_of(job: Job) -> AsyncGenerator[Batch]:
    """The batches, as they come. Raises FileNotFoundError, ReaderFailed, TimeoutError."""
    argv = (sys.executable, "-m", "api.numbers.reader")
    child = await asyncio.create_subprocess_exec(*argv, stdin=PIPE, stdout=PIPE, limit=AHEAD)
    try:
        async with asyncio.timeout(BATCH_S):
            await _send(child, job)
        while (batch := await _receive(child)) is not None:
            yield batch
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()


async def _send(child: Process, job: Job) -> None:
    assert child.stdin is not None
    child.stdin.write(json.dumps(asdict(job)).encode())
    with suppress(ConnectionError):  # it has ended already: its exit code says why
        await child.stdin.drain()
    child.stdin.close()


async def _receive(child: Process) -> Batch | None:
    """The next batch, None at the end."""
    assert child.stdout is not None
    async with asyncio.timeout(BATCH_S):
        if head := await child.stdout.readline():
            fields = json.loads(head)
            leads, rejects = [await child.stdout.readexactly(fields.pop(name)) for name in ("leads", "rejects")]
            return Batch(**fields, leads=leads, rejects=rejects)
        code = await child.wait()
    if code == LOST:
        raise FileNotFoundError
    if code != 0:
        raise ReaderFailed(f"exit code {code}")
    return None


# -- the child -------------------------------------------------------------------------------------------------------


def main() -> int:
    """0 when all was read, or nobody reads any more."""
    pipe = os.dup(1)
    os.dup2(2, 1)
    logs.configure("reader")
    job = _job(json.loads(sys.stdin.buffer.read()))
    try:
        with os.fdopen(pipe, "wb") as out:
            _write_all(job, out)
    except FileNotFoundError:
        return LOST
    except BrokenPipeError:
        return 0
    except Exception as error:
        log.error("not read", action="reader_failed", import_id=job.import_id, error=type(error).__name__)
        return 1
    return 0


def _job(asked: dict[str, Any]) -> Job:
    plan = asked["plan"]
    meanings = tuple(map(Meaning, plan["meanings"]))
    return Job(**asked | {"plan": Plan(tuple(plan["heads"]), meanings, plan["region"], Consent(**plan["consent"]))})


def _write_all(job: Job, out: BinaryIO) -> None:
    rows = rows_from(Path(job.file), job.position)
    for _ in range(job.heads):
        next(rows, None)
    for batch in batches(rows, job.plan, job.import_id, job.position, job.size):
        sizes = {"leads": len(batch.leads), "rejects": len(batch.rejects)}
        head = asdict(replace(batch, leads=b"", rejects=b"")) | sizes
        out.write(json.dumps(head).encode() + b"\n" + batch.leads + batch.rejects)
        out.flush()


if __name__ == "__main__":
    sys.exit(main())
