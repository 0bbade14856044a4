"""`python -m dialer.simulation`: simulates what stdin asks for, paced our way, and answers on stdout; both JSON.

A process of its own can be ended at any moment, and an event loop beside it never waits for the arithmetic.
"""

import json
import sys
from typing import Any

from dialer.simulation.compare import OURS, Summary, days_of
from dialer.simulation.scenario import Scenario


def answer(asked: dict[str, Any]) -> list[dict[str, float]]:
    """`asked`: `scenarios` as fields of `Scenario`, `days` of each. Raises TypeError for a field that is none."""
    scenarios = [Scenario(**each) for each in asked["scenarios"]]
    seeds = range(1, asked["days"] + 1)
    return [_told(Summary(OURS, tuple(days_of(each, seeds, OURS)))) for each in scenarios]


def _told(summary: Summary) -> dict[str, float]:
    return {
        "utilisation": summary.utilisation,
        "utilisation_error": summary.error,
        "abandon_rate": summary.abandon_rate,
        "worst_day": summary.worst,
        "idle_wait_s": summary.idle_wait_s,
    }


if __name__ == "__main__":
    json.dump(answer(json.load(sys.stdin)), sys.stdout)
