"""`/events` to viewers (`tests.bench.events`), and what the api's memory did meanwhile."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from dialer.machine import Paths
from tests.bench import events
from tests.bench.meters import Memory, memory


@dataclass(frozen=True)
class Viewed:
    """The cost by number of viewers, and the api's memory before all of them and after each."""

    watched: list[events.Watched]
    held: list[Memory]


async def measure(paths: Paths, seconds: float, today: int) -> Viewed:
    """Each number of viewers in turn over one api, while calls are written."""
    await events.prepare(paths, today)
    async with events.place_of(paths) as place:
        writing = asyncio.create_task(events.calls(place))
        seen = Viewed([], [memory(place.api.pid)])
        try:
            for number in events.VIEWERS:
                seen.watched.append(await events.watch(place, number, seconds))
                seen.held.append(memory(place.api.pid))
        finally:
            writing.cancel()
            with suppress(asyncio.CancelledError):
                await writing
    return seen


def show(seen: Viewed) -> None:
    """The events' table and a line for the memory."""
    events.show(seen.watched)
    held = " -> ".join(f"{each.pss:.1f}" for each in seen.held)
    print(f"memory of the api, MB PSS: {held}; largest RSS {max(each.largest for each in seen.held):.1f}")
