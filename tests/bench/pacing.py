"""What a decision of predictive pacing costs, and whole simulated days beside the oracle and other ways to pace."""

import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np

from dialer.core.predictive.facts import Facts, Happened, Happening, Settings
from dialer.core.predictive.pacing import PredictivePacing
from dialer.simulation.compare import EVERY_WAY, ORACLE, OURS, Summary, days_of
from dialer.simulation.scenario import Outage, Scenario

SCENARIOS = {
    "3 agents": Scenario(agents=3),
    "5 agents": Scenario(agents=5),
    "10 agents": Scenario(agents=10),
    "20 agents": Scenario(agents=20),
    "50 agents": Scenario(agents=50),
    "100 agents": Scenario(agents=100),
    "5 agents, 12 %": Scenario(agents=5, answer=0.12),
    "20 agents, 12 %": Scenario(answer=0.12),
    "20 agents, 60 %": Scenario(answer=0.60, drifts=False),
    "20 agents, short": Scenario(talk_s=45, wrap_s=12),
    "20 agents, AMD": Scenario(amd=True),
    "20 agents, outages": Scenario(outages=(Outage(2, 10), Outage(5, 20)), half_leave_h=6),
}
USUAL = ("5 agents", "20 agents", "20 agents, 12 %", "20 agents, outages")
DECISIONS = 400


def show(names: list[str], days: int) -> None:
    """Prints the cost of a decision by team, then a line for each scenario and way."""
    print(f"{'agents':>7}{'mean ms':>10}{'p99 ms':>9}{'longest':>9}")
    for agents in (5, 20, 100, 500):
        times = np.array(_costs(agents)) * 1000
        print(f"{agents:>7}{times.mean():>10.2f}{np.percentile(times, 99):>9.2f}{times.max():>9.2f}", flush=True)
    print(f"\n{'scenario':<20}{'way':<22}{'talk':>8}{'of oracle':>11}{'abandoned':>11}{'worst day':>11}{'wait s':>8}")
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for name in names or USUAL:
            jobs = [pool.submit(summarise, SCENARIOS[name], range(1, days + 1), way) for way in EVERY_WAY]
            _table(name, [job.result() for job in jobs])


def summarise(scenario: Scenario, seeds: range, way: str) -> Summary:
    """All of these days, in a process of its own."""
    return Summary(way, tuple(days_of(scenario, seeds, way)))


def _table(name: str, found: list[Summary]) -> None:
    best = next(each.utilisation for each in found if each.way == ORACLE)
    for each in found:
        told = f"{name:<20}" if each.way == OURS else " " * 20
        share = f"{each.utilisation / best:.3f}"
        print(
            f"{told}{each.way:<22}{each.utilisation:>8.4f}{share:>11}{each.abandon_rate:>11.2%}{each.worst:>11.2%}"
            f"{each.idle_wait_s:>8.1f}",
            flush=True,
        )


def _costs(agents: int) -> list[float]:
    """Seconds of each decision of a busy team of this size, the making of tables included."""
    chance, pacing, took = np.random.default_rng(agents), PredictivePacing(Settings()), []
    for tick in range(DECISIONS):
        facts, happened = _busy(agents, tick / 2, chance)
        began = time.perf_counter()
        pacing.decide(facts, happened)
        took.append(time.perf_counter() - began)
    return took[20:]


def _busy(agents: int, at: float, chance: np.random.Generator) -> tuple[Facts, list[Happened]]:
    talking, wrapping = int(agents * 0.8), int(agents * 0.15)
    facts = Facts(
        at,
        20_000,
        agents - talking - wrapping,
        tuple(chance.exponential(120, talking)),
        tuple(chance.exponential(20, wrapping)),
        tuple(chance.uniform(0, 30, agents)),
        answered=int(at * agents / 200) + 100,
        abandoned=2,
    )
    kinds = (
        Happening.ANSWERED,
        Happening.UNANSWERED,
        Happening.UNANSWERED,
        Happening.TALK_ENDED,
        Happening.WRAP_ENDED,
    )
    return facts, [(kind, float(chance.uniform(1, 30))) for kind in kinds]
