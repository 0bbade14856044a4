"""The figures of `tests.bench.calls` in words and columns; aims are named and never judged."""

from collections.abc import Callable, Sequence

from tests.bench.calls import LONG_S, Cost, Run, is_slow, speed
from tests.bench.stage import AGENTS, CALLS_PER_S, TALK_S, quantile

OURS = ("dialer", "worker", "postgres")
HEADS = f"{'ms/call':>10}{'of Asterisk':>13}"
NAMES = {"main": "Asterisk", "carrier": "carrier (not ours)"}


def show(run: Run) -> None:
    """All of it."""
    answers(run)
    print()
    cost(run)
    print()
    growth(run)


def answers(run: Run) -> None:
    """Answer to agent-in-bridge."""
    print(f"Answer -> agent in bridge, {CALLS_PER_S} calls/s asked for, {AGENTS} agents; aim: p99 < 100 ms")
    print(f"{'ms':<50}{'n':>7}{'p50':>9}{'p99':>9}{'worst':>9}")
    print(_times("channel up .. in the bridge, Asterisk's clock", run.seen.to_bridge))
    print(_times("recorder seen .. joined, the dialer's rows", run.engine_s))
    print(_times("the least: one ARI addChannel, same time", run.seen.bare))
    ratios = [quantile(run.seen.to_bridge, share) / quantile(run.seen.bare, share) for share in (0.5, 0.99)]
    print(f"{'ratio of the first to the least':<57}{ratios[0]:>9.1f}{ratios[1]:>9.1f}")
    print(f"abandoned: {run.abandoned}")


def _times(name: str, seconds: Sequence[float]) -> str:
    shown = [quantile(seconds, share) * 1000 for share in (0.5, 0.99, 1)]
    return f"{name:<50}{len(seconds):>7}" + "".join(f"{value:>9.1f}" for value in shown)


def cost(run: Run) -> None:
    """CPU of a call by process, beside Asterisk's."""
    calls = sum(each.calls for each in run.slices)
    slow = "  THE MACHINE DID NOT KEEP UP" if is_slow(run.slices) else ""
    print(f"CPU per call ({calls} calls at {speed(run.slices):.1f}/s, {len(run.slices)} slices){slow}; aim: 0.50")
    print(f"{f'talk of {TALK_S} s':>53}{f'talk of {LONG_S} s':>35}")
    print(f"{'process':<26}{'at rest':>10}{'ms/call':>10}{'of Asterisk':>13}  lowest..highest{HEADS}")
    for name in (*OURS, "main", "carrier"):
        print(_cost_of(run, NAMES.get(name, name), lambda each, name=name: each.cpu[name]))  # type: ignore[misc]
    print(_cost_of(run, "together, without Asterisk", lambda each: sum(each.cpu[name] for name in OURS)))
    commits = sum(each.commits for each in run.slices) / calls
    print(f"transactions: {commits:.1f} per call; {run.rest.commits / run.rest.seconds:.1f}/s at rest")


def _cost_of(run: Run, name: str, of: Callable[[Cost], float]) -> str:
    each = [of(part) / part.cpu["main"] for part in run.slices]
    total, calls = sum(map(of, run.slices)), sum(part.calls for part in run.slices)
    ratio = total / sum(part.cpu["main"] for part in run.slices)
    long = f"{of(run.long) / run.long.calls * 1000:>10.1f}{of(run.long) / run.long.cpu['main']:>13.2f}"
    line = f"{name:<26}{of(run.rest) / run.rest.seconds:>10.1%}{total / calls * 1000:>10.1f}{ratio:>13.2f}"
    return f"{line}  {f'{min(each):.2f}..{max(each):.2f}':<15}{long}"


def growth(run: Run) -> None:
    """Memory by process and calls."""
    counts = sorted(run.memory)
    print("Memory, MB: PSS of the process with its children; aim: largest process < 150, no growth after warm-up")
    columns = "".join(f"{f'{count} calls':>12}" for count in counts)
    print(f"{'process':<20}{columns}{'growth':>10}{'per 1,000':>11}{'largest RSS':>13}")
    for name in run.memory[0]:
        pss = [run.memory[count][name].pss for count in counts]
        grown = pss[-1] - pss[-2]
        line = f"{NAMES.get(name, name):<20}" + "".join(f"{value:>12.1f}" for value in pss)
        each = grown / (counts[-1] - counts[-2]) * 1000
        print(f"{line}{grown:>+10.2f}{each:>+11.2f}{run.memory[counts[-1]][name].largest:>13.1f}")
