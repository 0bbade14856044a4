"""`python -m tests.soak`: the long storms, seeded, with a summary; exit code 1 when anything failed."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

REPO = Path(__file__).parents[2]


@dataclass(frozen=True)
class Options:
    """How long the storms are."""

    seed: int
    runs: int
    calls: int
    rounds: int
    examples: int
    gaps: int
    tamperings: int = 2000
    kills: int = 200
    steps: int = 20_000
    days: int = 100
    rows: int = 1_000_000
    attempts: int = 1_000_000


@dataclass(frozen=True)
class Part:
    """One run of pytest."""

    storm: str
    arguments: list[str]
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What came of it; `failed` counts failures, errors and skips, and is never 0 where pytest was not content."""

    part: Part
    tests: int
    failed: int
    seconds: float


def kills(options: Options) -> Iterator[Part]:
    """kill -9 of every process at its worst moment, each point many times."""
    yield Part("kills", ["tests/telephony/test_kills.py"], {"TIANZHOU_SOAK_RUNS": str(options.runs)})


def many(options: Options) -> Iterator[Part]:
    """Many calls through ten agents, all witnesses compared."""
    wanted = {"TIANZHOU_MANY": str(options.calls), "TIANZHOU_SOAK_SEED": str(options.seed)}
    yield Part("many", ["-s", "tests/telephony/test_many.py"], wanted)


def gaps(options: Options) -> Iterator[Part]:
    """Gaps of every kind planted in settled calls: each found under its name, none false; the figures are printed."""
    wanted = {"TIANZHOU_GAPS": str(options.gaps), "TIANZHOU_SOAK_SEED": str(options.seed)}
    yield Part("gaps", ["-s", "tests/database/test_reconcile.py", "-k", "planted"], wanted)


def properties(options: Options) -> Iterator[Part]:
    """Every property, with more examples and in several rounds, each from a seed of its own."""
    for n in range(options.rounds):
        arguments = ["-p", "tests.soak.larger", "-m", "hypothesis", f"--hypothesis-seed={options.seed + n}"]
        examples = {"TIANZHOU_SOAK_EXAMPLES": str(options.examples)}
        yield Part("properties", [*arguments, "tests/unit", "tests/api"], examples)


def pacing(options: Options) -> Iterator[Part]:
    """Simulated days with outages and teams that halve: none above its limit, in doubt progressive."""
    wanted = {"TIANZHOU_PACING_DAYS": str(options.days), "TIANZHOU_SOAK_SEED": str(options.seed)}
    yield Part("pacing", ["-s", "tests/unit/test_pacing_storm.py"], wanted | {"OPENBLAS_NUM_THREADS": "1"})


def tampering(options: Options) -> Iterator[Part]:
    """Random tamperings of a sealed set, by an outsider and by the database's owner: all found, none false."""
    wanted = {"TIANZHOU_TAMPERINGS": str(options.tamperings), "TIANZHOU_SOAK_SEED": str(options.seed)}
    yield Part("tampering", ["-s", "tests/database/test_tampering.py"], wanted)


def roles(_options: Options) -> Iterator[Part]:
    """Every route, every role, every way to ask: also every wrong way of every role."""
    yield Part("roles", ["-s", "tests/api/test_api_access.py", "-k", "matrix"], {"TIANZHOU_ROLES": "all"})


def recorder_kills(options: Options) -> Iterator[Part]:
    """kill -9 of Asterisk, worker and dialer at random points under load: no recording is lost."""
    wanted = {"TIANZHOU_KILLS": str(options.kills), "TIANZHOU_SOAK_SEED": str(options.seed)}
    yield Part("recorder_kills", ["-s", "tests/telephony/test_storms.py", "-k", "killed"], wanted)


def disk_full(_options: Options) -> Iterator[Part]:
    """The recordings' disk filled under twenty calls; as root, who may mount."""
    yield Part("disk_full", ["-s", "tests/telephony/test_storms.py", "-k", "disk"])


def dialers(options: Options) -> Iterator[Part]:
    """Two dialers on one list of 10,000 numbers, killed and paused for ten minutes: no number twice at once."""
    wanted = {
        "TIANZHOU_DIALERS_S": "600",
        "TIANZHOU_DIALERS_NUMBERS": "10000",
        "TIANZHOU_SOAK_SEED": str(options.seed),
    }
    yield Part("dialers", ["-s", "tests/telephony/test_dialers.py"], wanted)


def imports(options: Options) -> Iterator[Part]:
    """A file of a million rows with planted faults, the importer killed five times: exactly those are rejected."""
    wanted = {"TIANZHOU_IMPORT_ROWS": str(options.rows), "TIANZHOU_SOAK_SEED": str(options.seed)}
    yield Part("imports", ["-s", "tests/database/test_imports.py", "-k", "killed_at_random"], wanted)


def gates(options: Options) -> Iterator[Part]:
    """A million attempts through every gate, counted by a checker written from the rules alone: none forbidden."""
    wanted = {"TIANZHOU_GATE_ATTEMPTS": str(options.attempts), "TIANZHOU_SOAK_SEED": str(options.seed)}
    yield Part("gates", ["-s", "tests/gates/test_gates_storm.py"], wanted)


def floor(options: Options) -> Iterator[Part]:
    """An hour of the practice floor on real Asterisk, paced predictively, within 3 points of its forecast."""
    wanted = {"TIANZHOU_FLOOR_S": "3600", "TIANZHOU_FLOOR_AGENTS": "20", "TIANZHOU_SOAK_SEED": str(options.seed)}
    yield Part("floor", ["-s", "tests/telephony/test_floor.py"], wanted)


def numbers(options: Options) -> Iterator[Part]:
    """Numbers drawn, issued, called, returned, undone, all at once, connections killed: every account balances."""
    wanted = {"TIANZHOU_NUMBER_STEPS": str(options.steps), "TIANZHOU_SOAK_SEED": str(options.seed)}
    yield Part("numbers", ["-s", "tests/database/test_number_storm.py"], wanted)


STORMS = {
    "pacing": pacing,
    "properties": properties,
    "many": many,
    "gaps": gaps,
    "kills": kills,
    "recorder_kills": recorder_kills,
    "disk_full": disk_full,
    "tampering": tampering,
    "dialers": dialers,
    "imports": imports,
    "gates": gates,
    "floor": floor,
    "numbers": numbers,
    "roles": roles,
}


def main() -> int:
    """Runs the storms that were asked for, one after the other, and prints the table."""
    asked = arguments()
    sizes = (asked.runs, asked.calls, asked.rounds, asked.examples, asked.gaps, asked.tamperings)
    options = Options(asked.seed, *sizes, asked.kills, asked.steps, asked.days, asked.rows, asked.attempts)
    names = asked.storm or list(STORMS)
    print(f"Soak: {' '.join(names)}; seed {options.seed} (repeat it with --seed {options.seed})", flush=True)
    outcomes: list[Outcome] = []
    try:
        for part in (part for name in names for part in STORMS[name](options)):
            outcomes.append(run(part))
    except KeyboardInterrupt:
        print("Interrupted: the rest was not run.")
        show(outcomes)
        return 1
    show(outcomes)
    return int(any(outcome.failed for outcome in outcomes))


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--storm", action="append", choices=list(STORMS), help="only this one; may be repeated")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="default: the time")
    parser.add_argument("--runs", type=int, default=20, help="of each kill")
    parser.add_argument("--calls", type=int, default=300, help="of the storm `many`")
    parser.add_argument("--gaps", type=int, default=1000, help="planted by the storm `gaps`")
    parser.add_argument("--rounds", type=int, default=3, help="of the properties, each with the next seed")
    parser.add_argument("--examples", type=int, default=1000, help="of each property and round")
    parser.add_argument("--tamperings", type=int, default=2000, help="of the storm `tampering`")
    parser.add_argument("--kills", type=int, default=200, help="of the storm `recorder_kills`")
    parser.add_argument("--steps", type=int, default=20_000, help="of the storm `numbers`")
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the file of the storm `imports`")
    parser.add_argument("--attempts", type=int, default=1_000_000, help="of the storm `gates`")
    parser.add_argument("--days", type=int, default=100, help="simulated by the storm `pacing`")
    return parser.parse_args()


def run(part: Part) -> Outcome:
    """One run of pytest, its output passed on."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        argv = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *part.arguments]
        began = time.monotonic()
        code = subprocess.run(argv, cwd=REPO, env=os.environ | part.environment, check=False).returncode
        tests, failed = counts(report)
    return Outcome(part, tests, failed or int(code != 0), time.monotonic() - began)


def counts(report: Path) -> tuple[int, int]:
    """Tests, and how many of them were not passed; zeros where pytest wrote no report."""
    if not report.exists():
        return 0, 0
    suites = list(ElementTree.parse(report).iter("testsuite"))

    def total(*names: str) -> int:
        return sum(int(suite.get(name, "0")) for suite in suites for name in names)

    return total("tests"), total("failures", "errors", "skipped")


def show(outcomes: list[Outcome]) -> None:
    """The table."""
    print(f"\n{'storm':<16}{'tests':>8}{'failed':>8}{'seconds':>10}")
    for outcome in outcomes:
        print(f"{outcome.part.storm:<16}{outcome.tests:>8}{outcome.failed:>8}{outcome.seconds:>10.1f}")
    total = (sum(o.tests for o in outcomes), sum(o.failed for o in outcomes), sum(o.seconds for o in outcomes))
    print(f"{'all':<16}{total[0]:>8}{total[1]:>8}{total[2]:>10.1f}")


if __name__ == "__main__":
    sys.exit(main())
