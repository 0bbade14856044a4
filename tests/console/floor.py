"""A whole practice floor in a folder of its own, as `make run` starts it: `tianzhou up --practice`."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import psutil

from dialer.machine import Paths, load_ports

REPO = Path(__file__).parents[2]
SHARED = Paths(REPO / "var")
READY_S, STOP_S, WAIT_S = 90, 60, 30
POLL_S = 0.1


class PracticeFloor:
    """Processes, logins, and a manager's hands on the api; every wait has a deadline."""

    def __init__(self, root: Path) -> None:
        self.paths = Paths(root)
        self._up: subprocess.Popen[bytes] | None = None
        self._http = httpx.Client(timeout=15, trust_env=False)

    def start(self) -> None:
        """Starts everything and waits until it is ready. Asterisk is the one that `make test` has fetched."""
        self.paths.tools.mkdir(parents=True)
        (self.paths.tools / "root").symlink_to(SHARED.tools / "root", target_is_directory=True)
        shutil.copytree(SHARED.root / "prompts", self.paths.root / "prompts")
        environment = os.environ | {"TIANZHOU_DATA_DIR": str(self.paths.root)}
        with self._output.open("wb") as out:
            self._up = subprocess.Popen(
                [Path(sys.executable).parent / "tianzhou", "up", "--practice"],
                cwd=REPO,
                env=environment,
                stdout=out,
                stderr=out,
            )
        self.wait_for(self._is_ready, "the floor ready", READY_S)
        self.url = f"http://127.0.0.1:{load_ports(self.paths).http}"
        self.logins: dict[str, Any] = json.loads(self.paths.logins_file.read_text())
        self._http.base_url = f"{self.url}/api/v1"
        self._http.headers["Authorization"] = f"Bearer {self.token('manager')}"

    def stop(self) -> None:
        """As Ctrl-C does. One that does not end is killed, and its last words are the error."""
        self._http.close()
        if self._up is None or self._up.poll() is not None:
            return
        self._up.send_signal(signal.SIGINT)
        try:
            self._up.wait(STOP_S)
        except subprocess.TimeoutExpired as error:
            self._up.kill()  # everything under it ends with it
            self._up.wait(STOP_S)
            raise AssertionError(f"not ended in {STOP_S} s: {self._output.read_text()[-2000:]}") from error

    def token(self, role: str) -> str:
        """A bearer token of the role's person."""
        form = {name: self.logins[role][name] for name in ("username", "password")}
        answer = self._http.post("/auth/token", data=form).raise_for_status()
        return str(answer.json()["access_token"])

    def get(self, path: str, **query: str) -> Any:
        """What the api answers a manager."""
        return self._http.get(path, params=query).raise_for_status().json()

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """The manager's change."""
        return self._http.post(path, json=body).raise_for_status().json()

    def delete(self, path: str) -> None:
        """The manager's removal."""
        self._http.delete(path).raise_for_status()

    def kill_api(self) -> int:
        """kill -9 of the api's process; supervisord starts another. Returns the old process id."""
        assert self._up is not None
        process = next(
            child for child in psutil.Process(self._up.pid).children(recursive=True) if _runs(child, "api.main")
        )
        pid: int = process.pid
        process.kill()
        return pid

    def answers(self) -> bool:
        """Whether the api answers now."""
        try:
            return self._http.get(f"{self.url}/health").status_code in (200, 503)
        except httpx.HTTPError:
            return False

    def connected_calls(self) -> list[dict[str, Any]]:
        """Calls in which an agent talks with a customer now."""
        return [call for call in self.get("/floor")["calls"] if call["state"] == "connected"]

    def recordings(self, **query: str) -> list[dict[str, Any]]:
        """The newest recordings."""
        found: list[dict[str, Any]] = self.get("/recordings", **query)["items"]
        return found

    def wait_for(self, look: Any, what: str, timeout_s: float = WAIT_S) -> Any:
        """Looks until it finds something true, and gives that; fails with `what` at the deadline."""
        deadline = time.monotonic() + timeout_s
        while not (found := look()):
            assert self._up and self._up.poll() is None, f"the floor ended: {self._output.read_text()[-2000:]}"
            assert time.monotonic() < deadline, f"not in {timeout_s} s: {what}; saw {found!r:.200}"
            time.sleep(POLL_S)
        return found

    @property
    def _output(self) -> Path:
        return self.paths.root / "up.txt"

    def _is_ready(self) -> bool:
        return "is ready" in self._output.read_text()


def _runs(process: psutil.Process, module: str) -> bool:
    try:
        return module in process.cmdline()
    except psutil.Error:
        return False
