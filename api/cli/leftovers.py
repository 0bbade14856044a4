"""One installation per data folder: the lock of `tianzhou up`, and what an earlier one may have left running."""

import fcntl
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

import psutil

from api.cli.errors import UpError
from api.cli.manager import STACK_MARK, configuration_file, pid_file, supervisor_folder
from dialer.machine import Paths

STOP_S = 90  # supervisord ends its programs one after the other
ORPHAN_S = 20


class Lock:
    """Held by one `tianzhou up` per data folder; the kernel frees it however that process ends."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a+")

    def take(self) -> None:
        """Takes the lock or raises UpError with the holder's process id."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.seek(0)
            raise UpError(
                f"Tianzhou is already running on this data folder (process {self._file.read().strip() or '?'}). "
                "Stop that one first, or set TIANZHOU_DATA_DIR to another folder."
            ) from error
        self._file.truncate(0)
        self._file.write(f"{os.getpid()}\n")
        self._file.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def lock_file(paths: Paths) -> Path:
    """The lock's file; `make clean` looks at it too."""
    return supervisor_folder(paths) / "up.lock"


def stop_leftovers(paths: Paths, say: Callable[[str], None]) -> None:
    """Ends what an earlier start of this data folder left running. Raises UpError when it cannot."""
    manager = _manager(paths)
    if manager is not None:
        say(f"an earlier start is still ending (process {manager.pid}): waiting for it")
        _end([manager], signal.SIGTERM, STOP_S)
    found = orphans(paths)
    if found:
        say(f"ending what an earlier start left: {', '.join(str(process.pid) for process in found)}")
        _end(found, signal.SIGTERM, ORPHAN_S)
    rest = orphans(paths)
    if rest:
        pids = ", ".join(str(process.pid) for process in rest)
        raise UpError(f"Processes of an earlier start do not end: {pids}. End them, then start again.")


def orphans(paths: Paths) -> list[psutil.Process]:
    """Running processes that a start of this data folder made, ourselves and our parents left out."""
    own_line = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    return [process for process in psutil.process_iter() if process.pid not in own_line and _is_ours(process, paths)]


def _manager(paths: Paths) -> psutil.Process | None:
    try:
        process = psutil.Process(int(pid_file(paths).read_text()))
        return process if str(configuration_file(paths)) in process.cmdline() else None
    except (OSError, ValueError, psutil.Error):
        return None


def _is_ours(process: psutil.Process, paths: Paths) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        # PostgreSQL overwrites its environment to show a title, so its server is known by its data folder
        return process.environ().get(STACK_MARK) == str(paths.root) or (
            process.name() == "postgres" and str(paths.postgres / "data") in process.cmdline()
        )
    except psutil.Error:
        return False


def _end(processes: list[psutil.Process], first: signal.Signals, patience_s: float) -> None:
    for sign, wait_s in ((first, patience_s), (signal.SIGKILL, 5)):
        for process in processes:
            _signal(process, sign)
        deadline = time.monotonic() + wait_s
        while processes and time.monotonic() < deadline:
            _, processes = psutil.wait_procs(processes, timeout=0.5)
        if not processes:
            return


def _signal(process: psutil.Process, sign: signal.Signals) -> None:
    """PostgreSQL waits for its clients on SIGTERM; its fast shutdown is SIGINT."""
    try:
        fast = sign == signal.SIGTERM and process.name() == "postgres"
        process.send_signal(signal.SIGINT if fast else sign)
    except psutil.Error:
        return
