"""Whole days, and what came of them."""

from collections.abc import Callable
from dataclasses import dataclass

from dialer.simulation.contract import Decide
from dialer.simulation.floor import Floor
from dialer.simulation.scenario import Scenario

Way = Callable[[Floor], Decide]  # a way to pace: what it is told beforehand is its own affair


@dataclass(frozen=True)
class Day:
    """What came of one day; shares are 0..1, waits seconds."""

    seed: int
    utilisation: float
    abandon_rate: float
    idle_wait_s: float
    dialled: int
    answered: int
    abandoned: int
    mistaken: int


def simulate_day(scenario: Scenario, seed: int, way: Way) -> Day:
    """One day of this seed, paced this way."""
    floor = Floor(scenario, seed)
    floor.run(way(floor))
    counted = floor.counted
    return Day(
        seed,
        floor.utilisation_at_close,
        counted.abandoned / max(1, counted.answered),
        counted.idle_s / max(1, counted.connected),
        counted.dialled,
        counted.answered,
        counted.abandoned,
        counted.mistaken,
    )
