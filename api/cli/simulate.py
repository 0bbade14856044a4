"""`tianzhou simulate`: what a floor would do, paced in several ways, before anybody is called."""

import json
from dataclasses import dataclass

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from api.cli.errors import CliError
from dialer.simulation.compare import EVERY_WAY, OURS, Summary, days_of
from dialer.simulation.day import Day
from dialer.simulation.scenario import Scenario


@dataclass(frozen=True)
class Asked:
    """What to simulate; percentages as a person says them."""

    agents: int
    answer: float
    hours: float
    days: int
    seed: int
    target: float
    talk_s: float
    wrap_s: float
    ways: tuple[str, ...]

    def scenario(self) -> Scenario:
        """The floor. Raises CliError for what cannot be."""
        _check(self)
        return Scenario(
            agents=self.agents,
            answer=self.answer / 100,
            hours=self.hours,
            limit=self.target / 100,
            talk_s=self.talk_s,
            wrap_s=self.wrap_s,
        )


def _check(asked: Asked) -> None:
    rules = (
        (1 <= asked.agents <= 1000, "--agents: from 1 to 1000"),
        (0 < asked.answer <= 97, "--answer: percent, above 0 and at most 97"),
        (0 < asked.hours <= 24, "--hours: above 0 and at most 24"),
        (1 <= asked.days <= 1000, "--days: from 1 to 1000"),
        (0 <= asked.target <= 20, "--target: percent of answered calls, from 0 to 20"),
        (1 <= asked.talk_s <= 3600, "--talk: seconds, from 1 to 3600"),
        (1 <= asked.wrap_s <= 3600, "--wrap: seconds, from 1 to 3600"),
        (set(asked.ways) <= set(EVERY_WAY), f"--pace: one of {', '.join(EVERY_WAY)}"),
    )
    for holds, told in rules:
        if not holds:
            raise CliError(told)


def run(asked: Asked, as_json: bool) -> None:
    """Simulates and prints a line for each way. Raises CliError."""
    scenario, ways = asked.scenario(), asked.ways or (OURS, "progressive")
    seeds = range(asked.seed, asked.seed + asked.days)
    with Progress(console=Console(stderr=True), transient=True, disable=as_json) as progress:
        bar = progress.add_task("Simulating", total=len(ways) * len(seeds))

        def counted(day: Day) -> Day:
            progress.advance(bar)
            return day

        found = [Summary(way, tuple(map(counted, days_of(scenario, seeds, way)))) for way in ways]
    if as_json:
        print(json.dumps([_as_json(each) for each in found]))
    else:
        Console().print(_table(found))


def _as_json(summary: Summary) -> dict[str, object]:
    return {
        "way": summary.way,
        "days": len(summary.days),
        "utilisation": round(summary.utilisation, 4),
        "utilisation_error": round(summary.error, 4),
        "abandon_rate": round(summary.abandon_rate, 4),
        "worst_day": round(summary.worst, 4),
        "idle_wait_s": round(summary.idle_wait_s, 1),
    }


def _table(found: list[Summary]) -> Table:
    table = Table(caption="talk: share of the agents' time; abandoned: of the people who answered")
    table.add_column("way", no_wrap=True)
    for head in ("talk", "abandoned", "worst day", "wait s"):
        table.add_column(head, justify="right", no_wrap=True)
    for each in found:
        figures = (
            f"{each.utilisation:.1%}",
            f"{each.abandon_rate:.2%}",
            f"{each.worst:.2%}",
            f"{each.idle_wait_s:.0f}",
        )
        table.add_row(each.way, *figures)
    return table
