"""The programs: what the process manager says, who listens on our ports, whether api and console answer."""

import socket
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import psutil

from api.cli.doctor.database import LOOK_S, Facts
from api.cli.doctor.finding import START_IT, Finding, ill, well
from api.cli.errors import UpError
from api.cli.manager import STACK_MARK, Manager
from api.cli.probes import http_answers, http_url
from api.console.site import FILES, INDEX
from dialer.machine import FOUND_PORTS, Paths, load_ports
from dialer.settings import Settings

WELL = frozenset({"RUNNING", "STARTING"})
Programs = Mapping[str, Mapping[str, Any]] | None  # None = the process manager does not answer


@dataclass(frozen=True)
class Holder:
    """Who listens on a port; `name` is empty where the system does not tell."""

    pid: int | None
    name: str
    is_ours: bool


def programs(paths: Paths) -> Programs:
    """What the process manager says of each program."""
    try:
        return Manager(paths, practice=False).state()
    except UpError:
        return None


def examine(seen: Programs, facts: Facts, settings: Settings, paths: Paths) -> Iterator[Finding]:
    """The findings of it."""
    yield running(seen, facts, settings, paths)
    yield ports(_wanted(paths), listeners(paths), bool(seen))
    yield api(settings, paths)
    yield console()


def running(seen: Programs, facts: Facts, settings: Settings, paths: Paths) -> Finding:
    """Whether everything that was started keeps running."""
    if seen is None:
        beats = [facts.beats.get(name) for name in (settings.node, f"worker:{settings.node}")]
        if all(beat is not None and beat.age_s < LOOK_S for beat in beats):
            return well("programs", "were started one by one, without `tianzhou up`")
        return ill("programs", "the process manager does not run", START_IT)
    bad = {name: info["statename"] for name, info in seen.items() if info["statename"] not in WELL}
    if bad:
        first = next(iter(bad))
        words = ", ".join(f"{name} is {state}" for name, state in bad.items())
        return ill("programs", words, f"Read the end of {paths.log / first}.log: it says why; it is tried again.")
    return well("programs", f"{len(seen)} run")


def ports(wanted: Mapping[str, int], held: Mapping[int, Holder], is_up: bool) -> Finding:
    """Whether another program sits on one of our ports. One whose owner is hidden is ours while we run."""
    for use, port in wanted.items():
        holder = held.get(port)
        if holder is None or holder.is_ours or (holder.pid is None and is_up):
            continue
        who = f"{holder.name} (process {holder.pid})" if holder.pid else "another user's program"
        todo = "End that program, or start Tianzhou again: it then takes another port."
        return ill("ports", f"port {port} ({use}) is taken by {who}", todo)
    if not wanted:
        return ill("ports", "none were chosen yet", START_IT)
    return well("ports", "nobody else is on them")


def listeners(paths: Paths) -> dict[int, Holder]:
    """Who listens on which port, TCP and UDP."""
    found: dict[int, Holder] = {}
    for entry in psutil.net_connections(kind="inet"):
        if entry.laddr and (entry.status == psutil.CONN_LISTEN or entry.type == socket.SOCK_DGRAM):
            found[entry.laddr.port] = _holder(entry.pid, paths)
    return found


def api(settings: Settings, paths: Paths) -> Finding:
    """Whether the api answers, and well."""
    try:
        url = http_url(settings)
    except FileNotFoundError:
        return ill("api", "was never set up", START_IT)
    if http_answers(f"{url}/health"):
        return well("api", f"{url} answers")
    return ill("api", f"{url} does not answer well", f"{START_IT}; if it runs, see {paths.log}/api.log.")


def console() -> Finding:
    """Whether the console was built."""
    if (FILES / INDEX).is_file():
        return well("console", "is built")
    return ill("console", "is not built: a browser finds only the api", "Type: make web, then start Tianzhou again.")


def _wanted(paths: Paths) -> dict[str, int]:
    try:
        kept = asdict(load_ports(paths))
    except (OSError, ValueError, TypeError):
        return {}
    return {name: kept[name] for name in ("http", *FOUND_PORTS)}


def _holder(pid: int | None, paths: Paths) -> Holder:
    try:
        process = psutil.Process(pid) if pid else None
        if process is None:
            return Holder(None, "", False)
        around = process.environ()
        ours = str(paths.root) in (around.get(STACK_MARK), around.get("TIANZHOU_DATA_DIR"))
        return Holder(pid, process.name(), ours)
    except psutil.Error:
        return Holder(None, "", False)
