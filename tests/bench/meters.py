"""CPU and memory of processes with all their children, read from the system."""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import psutil

MB = 2**20


@dataclass(frozen=True)
class Memory:
    """Of one process with its children, in MB: `pss` counts what they share once; `largest` is the largest RSS."""

    pss: float
    largest: float


def cpu_s(pid: int, without: Collection[int] = ()) -> float:
    """Seconds of CPU so far: the process, its children alive, and those that it has seen end."""
    root = psutil.Process(pid)
    times = [each.cpu_times() for each in [root, *root.children(recursive=True)] if each.pid not in without]
    return float(sum(each.user + each.system + each.children_user + each.children_system for each in times))


def cpu_of(pids: Mapping[str, int], without: Collection[int] = ()) -> dict[str, float]:
    """`cpu_s` of each."""
    return {name: cpu_s(pid, without) for name, pid in pids.items()}


def memory(pid: int, without: Collection[int] = ()) -> Memory:
    """What the process and its children hold now."""
    root = psutil.Process(pid)
    full = [each.memory_full_info() for each in [root, *root.children(recursive=True)] if each.pid not in without]
    return Memory(sum(each.pss for each in full) / MB, max(each.rss for each in full) / MB)


def load() -> str:
    """How busy the machine is with everything: a figure measured on a loaded one says less."""
    one, five, _ = os.getloadavg()
    return f"load {one:.1f} (1 min), {five:.1f} (5 min) on {os.cpu_count()} cores"
