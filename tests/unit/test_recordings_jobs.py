"""The worker's jobs: one that fails is begun again, and disturbs nobody."""

import asyncio

from structlog.testing import capture_logs

from recordings.jobs import beside


async def test_a_job_that_fails_or_returns_is_begun_again_and_the_others_go_on() -> None:
    begun: list[str] = []
    thrice = asyncio.Event()

    async def fails() -> None:
        begun.append("fails")
        if begun.count("fails") == 3:
            thrice.set()
        if begun.count("fails") == 1:
            raise ValueError("broken\nin two lines")

    async def lasts() -> None:
        begun.append("lasts")
        await asyncio.Event().wait()

    with capture_logs() as logged:
        async with asyncio.timeout(5), beside({"fails": fails, "lasts": lasts}):
            await thrice.wait()
    assert begun.count("lasts") == 1
    assert [line["detail"] for line in logged][:2] == ["ValueError: broken", "it returned"]


async def test_the_jobs_end_with_the_block() -> None:
    ended = asyncio.Event()

    async def lasts() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with beside({"lasts": lasts}):
        await asyncio.sleep(0)
    assert ended.is_set()
