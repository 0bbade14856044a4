"""`tianzhou up`: sets up, starts everything, watches over it, and on Ctrl-C stops all of it cleanly."""

import json
import os
import socket
import time
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from api.cli.errors import CliError, Interrupted, StepFailed, UpError
from api.cli.leftovers import Lock, lock_file, stop_leftovers
from api.cli.manager import Manager, supervisor_folder
from api.cli.probes import http_url
from api.cli.screen import Screen
from api.cli.stack import Stack, StopRequest
from api.cli.starting import start
from api.cli.stopping import stop_all
from dialer.account import AccountError, make_service_user, own
from dialer.machine import MachineError, Paths, keep_secrets, refresh_ports
from dialer.settings import Settings

WATCH_S = 1.0
TALK_TIMEOUT_S = 20.0  # a word with supervisord over its socket
LOG_TAIL = 15
WHAT_FAILED_TODO = "Mend what it says and start again; `tianzhou doctor` looks at the parts one by one."


def run(settings: Settings, practice: bool) -> int:
    """Runs one installation until it is told to stop; the exit code: 0 stopped as asked, 1 failed."""
    socket.setdefaulttimeout(TALK_TIMEOUT_S)
    screen, stop = Screen(), StopRequest()
    stop.listen()
    try:
        lock = _claim(settings, screen)
        stack = Stack(settings, practice, screen, stop, Manager(Paths(settings.root), practice))
    except (CliError, MachineError, AccountError, OSError) as error:
        screen.say(_plain(settings, error))
        return 1
    with lock:
        return _live(stack)


def _claim(settings: Settings, screen: Screen) -> Lock:
    """Makes the data folder ours: user, folders, lock, no leftovers, ports, secrets."""
    paths = Paths(settings.root)
    make_service_user()
    for folder in (paths.log, supervisor_folder(paths)):
        folder.mkdir(parents=True, exist_ok=True)
    lock = Lock(lock_file(paths))
    lock.take()
    if (paths.root / "restoring").exists():
        raise UpError(f"A restore into {paths.root} did not come to its end: empty that folder and restore again.")
    stop_leftovers(paths, screen.say)
    _, moved = refresh_ports(paths, http=settings.http_port)
    for line in moved:
        screen.say(line)
    keep_secrets(paths)
    own(paths.root)
    return lock


def _live(stack: Stack) -> int:
    """Start, watch, stop. Whatever happens between, the stop is carried out."""
    began = time.monotonic()
    code = 0
    try:
        start(stack)
        for line in _welcome(stack, time.monotonic() - began):
            stack.screen.say(line)
        _watch(stack)
    except Interrupted:
        pass
    except Exception as error:
        code = 1
        _explain(stack, error)
    stack.screen.say("Stopping.")
    stop_all(stack)
    stack.screen.say("Stopped; nothing of this data folder runs any more.")
    return code


def _watch(stack: Stack) -> None:
    """Reports programs that ended and came back, until a stop is asked for. Raises UpError without supervisord."""
    pids = {name: info["pid"] for name, info in stack.manager.state().items()}
    while not stack.stop.requested:
        stack.stop.wait(WATCH_S)
        if not stack.manager.is_alive():
            raise UpError("The process manager ended by itself; see supervisord.log.")
        if stack.stop.requested:
            return
        for name, info in stack.manager.state().items():
            _look_at(stack, pids, name, info)


def _look_at(stack: Stack, pids: dict[str, int], name: str, info: dict[str, Any]) -> None:
    if info["statename"] == "FATAL":
        stack.screen.say(f"{name} keeps ending: trying again. See {stack.paths.log / name}.log")
        stack.manager.begin(name)
    elif info["statename"] == "RUNNING" and info["pid"] != pids.get(name):
        stack.screen.say(f"{name} ended unexpectedly and runs again. See {stack.paths.log / name}.log")
        pids[name] = info["pid"]


def _welcome(stack: Stack, took_s: float) -> list[str]:
    url = http_url(stack.settings)
    day = datetime.now(ZoneInfo(stack.settings.zone)).date()
    user = _manager_name(stack) if stack.practice else "<username>"
    logins = [f"  Logins    {stack.paths.logins_file} (manager: {user})"] if stack.practice else []
    return [
        "",
        f"Tianzhou is ready after {took_s:.1f} s:  {url}",
        f"  Console   {url}/ (in a browser; log in as {user})",
        *logins,
        f"  Logs      {stack.paths.log}",
        "",
        "Try:",
        f"  curl -s -d username={user} -d password=<password> {url}/api/v1/auth/token",
        f"  curl -s -H 'Authorization: Bearer <token>' {url}/api/v1/recordings",
        f"  curl -s -H 'Authorization: Bearer <token>' '{url}/api/v1/completeness?day={day}'",
        "  .venv/bin/tianzhou verify",
        "",
        "Ctrl-C stops everything.",
    ]


def _manager_name(stack: Stack) -> str:
    try:
        return str(json.loads(stack.paths.logins_file.read_text())["manager"]["username"])
    except (OSError, ValueError, KeyError, TypeError):
        return "<username>"


def _explain(stack: Stack, error: Exception) -> None:
    stack.screen.say(f"\n{error or type(error).__name__}")
    log = error.log if isinstance(error, StepFailed) else None
    if log is not None:
        stack.screen.say(f"The last lines of {log}:")
        for line in _last_lines(log.read_text(errors="replace") if log.exists() else ""):
            stack.screen.say(f"  | {line}")
    stack.screen.say((error.todo if isinstance(error, StepFailed) else "") or WHAT_FAILED_TODO)


def _last_lines(text: str) -> list[str]:
    return text.splitlines()[-LOG_TAIL:] or ["(empty)"]


def _plain(settings: Settings, error: Exception) -> str:
    if isinstance(error, PermissionError):
        who = "root" if os.geteuid() != 0 else "its owner"
        return f"{settings.root} cannot be written ({error.filename}): start as {who}, or set TIANZHOU_DATA_DIR."
    return str(error)
