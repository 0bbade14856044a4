"""A pair: our way beside the least that this machine could do, in turns; the median of the ratios counts."""

import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

TURNS = 10  # what is quick is done so many times
Side = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Bench:
    """A pair: `count` units of ours, and so many of the least that its time can be measured."""

    name: str
    least: str
    unit: str
    ours: Side
    bare: Side
    count: int
    bare_count: int


@dataclass(frozen=True)
class Result:
    """Seconds for one unit, of each repetition."""

    bench: Bench
    ours: list[float]
    bare: list[float]

    def ratios(self) -> list[float]:
        """How many times the least each repetition of ours took."""
        return [ours / bare for ours, bare in zip(self.ours, self.bare, strict=True)]


async def measure(bench: Bench, repetitions: int) -> Result:
    """Each side once unmeasured, then in turns."""
    result = Result(bench, [], [])
    for n in range(repetitions + 1):
        bare_s, ours_s = await timed(bench.bare), await timed(bench.ours)
        if n:
            result.bare.append(bare_s / bench.bare_count)
            result.ours.append(ours_s / bench.count)
    return result


async def timed(side: Side) -> float:
    """Seconds that one side takes."""
    began = time.perf_counter()
    await side()
    return time.perf_counter() - began


def show(results: list[Result]) -> None:
    """A line for each pair; the median of the ratios and how far they were apart."""
    print(f"{'what':<22}{'against':<28}{'ours':>18}{'the least':>20}{'ratio':>9}  lowest..highest")
    for result in results:
        bench, ratios = result.bench, result.ratios()
        speeds = [_speed(bench.unit, times) for times in (result.ours, result.bare)]
        line = f"{bench.name:<22}{bench.least:<28}{speeds[0]:>18}{speeds[1]:>20}"
        print(f"{line}{statistics.median(ratios):>9.2f}  {min(ratios):.2f}..{max(ratios):.2f}")


def _speed(unit: str, times: list[float]) -> str:
    each = statistics.median(times)
    return f"{1 / each:,.0f} {unit}/s" if each < 0.01 else f"{each:.3f} s each"
