"""`python -m tests.bench`: what our ways cost beside the least that this machine could do, in one run.

Ratios, no thresholds: a machine under load slows both sides. `--calls 1000` for the memory's growth in earnest.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from dialer.machine import Paths
from dialer.store import embedded
from dialer.store.migrate import create_embedded_database, migrate
from tests.bench import (
    call_report,
    calls,
    claims,
    core_pairs,
    gates,
    imports,
    pacing,
    pair,
    search,
    store_pairs,
    viewers,
)
from tests.bench import recordings as recording_costs
from tests.bench.meters import load
from tests.conftest import start_postgres

Part = Callable[[argparse.Namespace, Path], None]


def pairs(options: argparse.Namespace, root: Path) -> None:
    """Ours beside the least, one pair after the other."""
    paths = Paths(root)
    with start_postgres(paths):
        results = asyncio.run(_pairs(paths, options.repetitions))
    print(f"{options.repetitions} repetitions after one unmeasured; ratio = time of ours / time of the least")
    pair.show(results)


async def _pairs(paths: Paths, repetitions: int) -> list[pair.Result]:
    owner = embedded.url(paths, embedded.OWNER)
    await create_embedded_database(owner)
    await migrate(owner)
    quick = (core_pairs.floor_bench(), core_pairs.ledger_bench())
    results = [await pair.measure(bench, repetitions) for bench in quick]
    async with store_pairs.desk(embedded.url(paths), store_pairs.CALLS * (repetitions + 1)) as place:
        results.append(await pair.measure(store_pairs.open_bench(place), repetitions))
    results.append(await pair.measure(store_pairs.seal_bench(paths.root), repetitions))
    return results


def real_calls(options: argparse.Namespace, root: Path) -> None:
    """Calls on the real floor."""
    call_report.show(asyncio.run(calls.measure(root, options.calls)))


def streams(options: argparse.Namespace, root: Path) -> None:
    """Viewers of `/events`."""
    paths = Paths(root)
    with start_postgres(paths):
        viewers.show(asyncio.run(viewers.measure(paths, options.seconds, options.today)))


def recordings(options: argparse.Namespace, root: Path) -> None:
    """The search of recordings over an archive of years, and exports of it."""
    sizes = options.rows or [20_000, 200_000]
    with ExitStack() as servers:
        for size in sizes:
            (root / str(size)).mkdir()
            servers.enter_context(start_postgres(Paths(root / str(size))))
        asyncio.run(search.measure(root, sizes, options.fill_s, options.searches, options.exported))


def all_claims(options: argparse.Namespace, root: Path) -> None:
    """Claims of leads by eight dialers at once, from a small and from a large table."""
    sizes = options.leads or [100_000, 1_000_000]
    with ExitStack() as servers:
        for size in sizes:
            (root / str(size)).mkdir()
            servers.enter_context(start_postgres(Paths(root / str(size)), options=()))  # what is committed is on disk
        claims.measure(root, sizes, options.claimed)


def keeping(options: argparse.Namespace, root: Path) -> None:
    """Seals, verification, the worker's memory, the first byte of sound."""
    paths = Paths(root)
    with start_postgres(paths):
        asyncio.run(recording_costs.measure(paths.root, options.verified))


def all_gates(options: argparse.Namespace, _root: Path) -> None:
    """Every gate before a dial, for one lead."""
    gates.show(options.repetitions)


def all_pacing(options: argparse.Namespace, _root: Path) -> None:
    """Pacing: what a decision costs, and simulated days beside the oracle's and others' ways."""
    pacing.show(options.scenario or [], options.days)


def all_imports(options: argparse.Namespace, root: Path) -> None:
    """Files of numbers made into leads: rows a second through every check, and memory, by the file's size."""
    imports.show(imports.measure(root, options.rows or [200_000, 500_000]))


PARTS: dict[str, Part] = {
    "pairs": pairs,
    "gates": all_gates,
    "claims": all_claims,
    "pacing": all_pacing,
    "imports": all_imports,
    "calls": real_calls,
    "events": streams,
    "search": recordings,
    "recordings": keeping,
}


def main() -> None:
    """Measures each part in a folder of its own, which is gone afterwards."""
    options = arguments()
    print(f"At the start: {load()}")
    for name in options.part or PARTS:
        with tempfile.TemporaryDirectory(prefix="tianzhou-bench-") as folder:
            print(f"\n== {name}: {PARTS[name].__doc__}", flush=True)
            PARTS[name](options, Path(folder))
        print(f"{load()}", flush=True)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--part", action="append", choices=list(PARTS), help="only this one; may be repeated")
    parser.add_argument("--repetitions", type=int, default=5, help="of each pair")
    parser.add_argument("--calls", type=int, default=300, help="on the real floor")
    parser.add_argument("--verified", type=int, default=10_000, help="calls that a verification compares at most")
    parser.add_argument("--seconds", type=float, default=15.0, help="for each number of viewers")
    parser.add_argument("--today", type=int, default=100_000, help="calls of today that the viewers' floor counts")
    parser.add_argument(
        "--rows", type=int, action="append", help="recordings to search in, or rows of a file; repeated, to compare"
    )
    parser.add_argument("--leads", type=int, action="append", help="to claim from; repeated, to compare: 10000000")
    parser.add_argument("--claimed", type=int, default=10, help="leads by one claim")
    parser.add_argument("--fill-s", type=float, default=900, help="what is not made by then is left out")
    parser.add_argument("--searches", type=int, default=300, help="of each kind")
    parser.add_argument("--exported", type=int, default=100_000, help="rows of each export; 0 = none")
    parser.add_argument("--days", type=int, default=2, help="simulated in each scenario of pacing")
    parser.add_argument(
        "--scenario", action="append", choices=list(pacing.SCENARIOS), help="of pacing; may be repeated"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
