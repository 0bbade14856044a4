"""What runs beside the worker: each job is for ever; one that fails is told and begun again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import structlog

from recordings.rules import delays

Job = Callable[[], Awaitable[None]]
LASTED_S = 60.0  # who ran for so long had not the same fault again and again

log = structlog.get_logger(__name__)


@asynccontextmanager
async def beside(jobs: Mapping[str, Job]) -> AsyncIterator[None]:
    """Runs the jobs, by name, until the block ends. No fault of one reaches another, or the block."""
    tasks = [asyncio.create_task(_for_ever(name, job)) for name, job in jobs.items()]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _for_ever(name: str, job: Job) -> None:
    clock = asyncio.get_running_loop().time
    waits = delays()
    while True:
        begun = clock()
        try:
            await job()
            detail = "it returned"
        except Exception as error:
            detail = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
        if clock() - begun >= LASTED_S:
            waits = delays()
        wait_s = next(waits)
        log.error("a job of the worker ended, beginning it again", action="job_ended", job=name, detail=detail)
        await asyncio.sleep(wait_s)
