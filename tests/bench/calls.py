"""Calls at 5 a second through 20 agents: how long the answer takes to reach an agent, what a call costs, what grows.

The first 30 % are warm-up and, with Asterisk watched, the time from the answer to the bridge. The rest, unwatched,
is the cost, in SLICES whose spread shows the machine's noise. Memory is compared between the two. Calls so short are
nearly all set-up, so afterwards every agent talks LONG_S once: what a call of a usual length costs.
"""

import asyncio
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tests.bench.answers import Seen, watching
from tests.bench.meters import Memory, cpu_of, memory
from tests.bench.stage import AGENTS, CALLS_PER_S, Stage, seat, stage

WARM = 0.3
SLICES = 4
REST_S = 10.0
LONG_S = 30
SPARE = 30  # more leads than calls: the last ones must not run alone
SLOWEST = 1.0  # calls a second; a deadline, no measure
ENGINE_S = """
select extract(epoch from connected_at - answered_at)::float8 from attempts where connected_at is not null
"""


@dataclass(frozen=True)
class Cost:
    """What the processes did in a stretch of time: seconds of CPU by process."""

    seconds: float
    calls: int
    commits: int
    cpu: dict[str, float]


@dataclass(frozen=True)
class Run:
    """Everything that was seen; `memory` by the calls before it, then by process."""

    rest: Cost
    slices: list[Cost]
    long: Cost
    seen: Seen
    engine_s: list[float]
    abandoned: int
    memory: dict[int, dict[str, Memory]]


@dataclass(frozen=True)
class Reading:
    """The meters at one moment."""

    at: float
    calls: int
    commits: int
    cpu: dict[str, float]

    def until(self, later: "Reading") -> Cost:
        """What happened between."""
        cpu = {name: later.cpu[name] - before for name, before in self.cpu.items()}
        return Cost(later.at - self.at, later.calls - self.calls, later.commits - self.commits, cpu)


async def measure(root: Path, calls: int) -> Run:
    """One run of that many calls."""
    async with stage(root) as place:
        await seat(place)
        await asyncio.sleep(REST_S / 2)
        began = await read(place)
        await asyncio.sleep(REST_S)
        rest = began.until(await read(place))
        grown = {0: held(place)}
        async with asyncio.TaskGroup() as group:
            working = group.create_task(place.work())
            seen, slices = await _load(place, calls, grown)
            long = await _talk(place, calls + SPARE)
            working.cancel()
        rows = await place.rows(ENGINE_S)
        abandoned = await place.ask("select count(*) from attempts where abandoned")
        return Run(rest, slices, long, seen, [row[0] for row in rows], abandoned, grown)


async def _load(place: Stage, calls: int, grown: dict[int, dict[str, Memory]]) -> tuple[Seen, list[Cost]]:
    warm = round(calls * WARM)
    await place.add_leads(calls + SPARE)
    async with watching(place.stack) as seen:
        await place.until_ended(warm, 60 + warm / SLOWEST)
    grown[warm] = held(place)
    readings = [await read(place)]
    for n in range(1, SLICES + 1):
        await place.until_ended(warm + (calls - warm) * n // SLICES, 60 + calls / SLOWEST)
        readings.append(await read(place))
    grown[calls] = held(place)
    return seen, [before.until(after) for before, after in pairwise(readings)]


async def _talk(place: Stage, before: int) -> Cost:
    """One long call for each agent, from the first dialed to the last ended; `before` it the short ones end."""
    await place.until_ended(before, 60 + SPARE / SLOWEST)
    await asyncio.to_thread(place.stack.make_customers_talk, LONG_S)
    began = await read(place)
    await place.add_leads(AGENTS)
    await place.until_ended(before + AGENTS, 60 + LONG_S)
    return began.until(await read(place))


async def read(place: Stage) -> Reading:
    """The meters now."""
    calls, commits = await place.ended(), await place.commits()
    return Reading(time.monotonic(), calls, commits, cpu_of(place.stack.pids(), place.left_out))


def held(place: Stage) -> dict[str, Memory]:
    """The memory of every process now."""
    return {name: memory(pid, place.left_out) for name, pid in place.stack.pids().items()}


def speed(slices: list[Cost]) -> float:
    """Calls a second over all slices."""
    return sum(each.calls for each in slices) / sum(each.seconds for each in slices)


def is_slow(slices: list[Cost]) -> bool:
    """Whether the machine did not keep up with what was asked of it."""
    return speed(slices) < CALLS_PER_S * 0.9
