"""Ways to pace beside each other on the same days."""

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dialer.simulation.adapter import pacing_factory
from dialer.simulation.day import Day, Way, simulate_day
from dialer.simulation.floor import Floor
from dialer.simulation.oracle import oracle
from dialer.simulation.policies import WAYS
from dialer.simulation.scenario import Scenario

OURS, ORACLE = "predictive", "oracle"


def ours(floor: Floor) -> Callable[..., int]:
    """Our predictive pacing, told the settings and nothing else."""
    return pacing_factory(floor.day.settings())


EVERY_WAY: Mapping[str, Way] = {OURS: ours, ORACLE: oracle, **WAYS}


@dataclass(frozen=True)
class Summary:
    """Some days of one way: means, `worst` the highest abandon rate of a day, `error` the standard error of the mean
    utilisation over the days (0 when there is one day).
    """

    way: str
    days: tuple[Day, ...]

    @property
    def utilisation(self) -> float:
        """Mean share of talk."""
        return statistics.fmean(day.utilisation for day in self.days)

    @property
    def error(self) -> float:
        """Standard error of that mean."""
        shares = [day.utilisation for day in self.days]
        return statistics.stdev(shares) / len(shares) ** 0.5 if len(shares) > 1 else 0.0

    @property
    def abandon_rate(self) -> float:
        """Mean over the days."""
        return statistics.fmean(day.abandon_rate for day in self.days)

    @property
    def worst(self) -> float:
        """The highest of a day."""
        return max(day.abandon_rate for day in self.days)

    @property
    def idle_wait_s(self) -> float:
        """How long an agent waits for a customer, on the mean."""
        return statistics.fmean(day.idle_wait_s for day in self.days)


def days_of(scenario: Scenario, seeds: Sequence[int], way: str) -> Iterator[Day]:
    """One day for each seed, lazily: whoever waits can be told how far it is. Raises KeyError: no such way."""
    pace = EVERY_WAY[way]
    return (simulate_day(scenario, seed, pace) for seed in seeds)
