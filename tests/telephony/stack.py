"""The real parts in a folder of their own: PostgreSQL, both Asterisks, the dialer, the recordings worker."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from dialer.machine import Paths, Ports, Secrets, load_ports, load_secrets
from dialer.store import embedded
from tests.conftest import start_postgres

REPO = Path(__file__).parents[2]
START_S = 30
STOP_S = 20
NODE = "node-1"


class Stack:
    """Starts and ends real processes; every wait has a deadline, every process is ours."""

    def __init__(self, root: Path) -> None:
        self.paths = Paths(root)
        self.url = embedded.url(self.paths)
        self.owner_url = embedded.url(self.paths, embedded.OWNER)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._postgres: start_postgres | None = None
        self.ports: Ports
        self.secrets: Secrets
        self.extra: dict[str, str] = {}

    # -- the parts ------------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Configuration and sounds; the tools are those that `make test` has put into the default data folder."""
        shared = Paths(REPO / "var")
        self.paths.root.mkdir(parents=True, exist_ok=True)
        for mine, theirs in (
            (self.paths.tools, shared.tools),
            (self.paths.root / "prompts", shared.root / "prompts"),
        ):
            if not mine.exists():
                mine.symlink_to(theirs, target_is_directory=True)
        subprocess.run(self._python("ari_bridge.node", "prepare"), env=self._env(), check=True, timeout=300)
        self.ports, self.secrets = load_ports(self.paths), load_secrets(self.paths)

    def start_postgres(self) -> None:
        self._postgres = start_postgres(self.paths)
        self._running["postgres"] = self._postgres.__enter__()

    def start_asterisk(self, role: str) -> None:
        self.start(role, "ari_bridge.node", "exec", role)
        ready = self._python("ari_bridge.node", "ready", role, "--timeout", str(START_S))
        subprocess.run(ready, env=self._env(), check=True, timeout=START_S + 5)
        if role == "carrier":
            self.set_customers(SCRIPTED=1)

    def start_dialer(self, module: str = "ari_bridge.main", *arguments: str) -> None:
        self.start("dialer", module, *arguments)

    def start_worker(self) -> None:
        self.start("worker", "recordings.main")

    def set_customers(self, **settings: int) -> None:
        """The carrier's global variables."""
        for name, value in settings.items():
            httpx.post(
                f"http://127.0.0.1:{self.ports.carrier_ari}/ari/asterisk/variable",
                params={"variable": name, "value": str(value)},
                auth=("carrier", self.secrets.carrier_ari),
                timeout=5,
            ).raise_for_status()

    def console(self, role: str, command: str) -> str:
        """One command at an Asterisk's own console."""
        code = "import os, sys; from ari_bridge.node import launch; argv = launch.cli_argv(*sys.argv[1:]); "
        argv = [sys.executable, "-c", code + "os.execv(argv[0], argv)", role, command]
        done = subprocess.run(argv, env=self._env(), capture_output=True, text=True, timeout=20, check=True, cwd=REPO)
        return done.stdout

    def hang_up_channel(self, role: str, prefix: str) -> None:
        """Ends the one channel whose name begins so."""
        names = [line.split("!")[0] for line in self.console(role, "core show channels concise").splitlines()]
        found = next(name for name in names if name.startswith(prefix))
        self.console(role, f"channel request hangup {found}")

    # -- processes ------------------------------------------------------------------------------------------------

    def start(self, name: str, module: str, *arguments: str) -> None:
        log = self.paths.log / f"{name}.log"
        log.parent.mkdir(exist_ok=True)
        with log.open("ab") as out:
            argv = self._python(module, *arguments)
            self._running[name] = subprocess.Popen(argv, env=self._env(), stdout=out, stderr=out, cwd=REPO)

    def kill(self, name: str) -> None:
        """kill -9, and waits until it is gone."""
        process = self._running.pop(name)
        process.kill()
        process.wait(STOP_S)

    def send(self, name: str, number: signal.Signals) -> None:
        self._running[name].send_signal(number)

    def wait_end(self, name: str, timeout_s: float = START_S) -> int:
        return self._running.pop(name).wait(timeout_s)

    def stop(self, name: str, number: signal.Signals = signal.SIGTERM) -> None:
        process = self._running.pop(name, None)
        if process is not None and process.poll() is None:
            process.send_signal(number)
            process.wait(STOP_S)

    def rename(self, name: str, new: str) -> None:
        """A process takes over another's place."""
        self._running[new] = self._running.pop(name)

    def is_running(self, name: str) -> bool:
        return name in self._running and self._running[name].poll() is None

    def close(self) -> None:
        for name in ("dialer", "second", "worker", "main", "carrier"):
            self.stop(name)
        self.stop("postgres", signal.SIGINT)

    def log(self, name: str) -> str:
        file = self.paths.log / f"{name}.log"
        return file.read_text() if file.exists() else ""

    def _env(self) -> dict[str, str]:
        ours = {
            "TIANZHOU_DATA_DIR": str(self.paths.root),
            "TIANZHOU_NODE": NODE,
            "TIANZHOU_LEASE_S": "3",
            "TIANZHOU_TRUNKS": "practice practice-sipp",
            "TIANZHOU_CALLS_PER_DAY": "3",
            "TIANZHOU_TRUNK_CPS": "20",
            "TIANZHOU_DRAIN_S": "1",
            "TIANZHOU_SELF_TEST_EVERY_S": "0",
            "PYTHONWARNINGS": "ignore",
        }
        return os.environ | ours | self.extra

    @staticmethod
    def _python(*arguments: str) -> list[str]:
        return [sys.executable, "-m", *arguments]


def wait_for(condition: Callable[[], bool], what: str, timeout_s: float = 20) -> None:
    """Looks until the condition holds; fails with `what` at the deadline."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"not in {timeout_s} s: {what}"
        time.sleep(0.02)


async def eventually(look: Callable[[], Awaitable[Any]], what: str, timeout_s: float = 20) -> Any:
    """Looks until it finds something true, and gives that; fails with `what` at the deadline."""
    deadline = time.monotonic() + timeout_s
    while True:
        found = await look()
        if found:
            return found
        assert time.monotonic() < deadline, f"not in {timeout_s} s: {what}"
        await asyncio.sleep(0.05)


def remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
