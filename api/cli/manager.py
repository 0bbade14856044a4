"""The process manager: supervisord in the foreground, steered over its own Unix socket, no TCP port.

It runs as the service user in a session of its own, so a terminal's Ctrl-C reaches only `tianzhou up`.
"""

import hashlib
import http.client
import os
import pwd
import resource
import shlex
import subprocess
import sys
import tempfile
import time
import xmlrpc.client  # the other end is our own child behind a 0700 socket # nosec B411
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import Faults, SupervisorTransport

from api.cli.errors import UpError
from api.cli.programs import STOP_ORDER, Program
from dialer.account import SERVICE_USER, as_service_user, own
from dialer.machine import Paths

HOME = Path(__file__).parents[2]  # of the code
SOCKET_PATH_LIMIT = 90  # sun_path holds 107 bytes; supervisord adds a process id while it binds
OPEN_FILES = 4096
START_TIMEOUT_S = 15
STACK_MARK = "TIANZHOU_STACK"  # in the environment of everything we start: whose it is
IGNORED_WARNING = "ignore:XDG_RUNTIME_DIR:RuntimeWarning"  # a library's; we use no runtime folder

COMMON = """\
[unix_http_server]
file={socket}
chmod=0700

[supervisord]
nodaemon=true
silent=true
identifier=tianzhou
pidfile={folder}/supervisord.pid
logfile={log}/supervisord.log
logfile_maxbytes=10MB
logfile_backups=5
childlogdir={log}
nocleanup=true
umask=077
minfds={open_files}
directory={home}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""

# Ten quick failures in a row and supervisord gives up; `tianzhou up` then starts the program again, so the
# growing pause between two tries stays below ten seconds however long a trouble lasts.
PROGRAM = """
[program:{name}]
command={command}
autostart=false
autorestart=true
startsecs=1
startretries=10
priority={priority}
stopsignal={signal}
stopwaitsecs={wait}
killasgroup=true
redirect_stderr=true
stdout_logfile={log}/{name}.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=5
"""


def supervisor_folder(paths: Paths) -> Path:
    """Where the configuration, the lock and the process id lie."""
    return paths.root / "supervisor"


def pid_file(paths: Paths) -> Path:
    """supervisord's process id while it runs."""
    return supervisor_folder(paths) / "supervisord.pid"


def configuration_file(paths: Paths) -> Path:
    """The generated configuration; its path on a command line tells whose supervisord that is."""
    return supervisor_folder(paths) / "supervisord.conf"


def socket_file(paths: Paths) -> Path:
    """The steering socket: in the data folder, or in a short 0700 folder when that path is too long."""
    inside = supervisor_folder(paths) / "supervisor.sock"
    if len(str(inside)) <= SOCKET_PATH_LIMIT:
        return inside
    digest = hashlib.sha256(str(paths.root).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"tianzhou-{digest}-up" / "supervisor.sock"


def configuration(paths: Paths, programs: list[Program]) -> str:
    """The text of supervisord.conf for these programs; nothing starts by itself."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    open_files = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    common = COMMON.format(
        socket=_text(socket_file(paths)),
        folder=_text(supervisor_folder(paths)),
        log=_text(paths.log),
        home=_text(HOME),
        open_files=open_files,
    )
    return common + "".join(_section(paths, program) for program in programs)


class Manager:
    """One running supervisord and the conversation with it."""

    def __init__(self, paths: Paths, practice: bool) -> None:
        self._paths = paths
        self._environment = environment(paths, practice)
        self._child: subprocess.Popen[bytes] | None = None
        self._transport: Any = SupervisorTransport(None, None, f"unix://{socket_file(paths)}")
        server: Any = xmlrpc.client.ServerProxy("http://localhost", transport=self._transport)
        self._rpc = server.supervisor

    def start(self, programs: list[Program]) -> None:
        """Writes the configuration and starts supervisord. Raises UpError when it does not answer."""
        folder = _private_folder(socket_file(self._paths).parent)
        configuration_file(self._paths).write_text(configuration(self._paths, programs))
        for path in (folder, configuration_file(self._paths)):
            own(path)
        tool = [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(configuration_file(self._paths))]
        with (self._paths.log / "supervisord-start.log").open("wb") as out:
            self._child = subprocess.Popen(
                as_service_user(tool, *needs(self._paths)),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=self._environment,
                start_new_session=True,
                cwd=HOME,
            )
        self._await_answer()

    @property
    def step_environment(self) -> dict[str, str]:
        """The same environment for a set-up step."""
        return self._environment

    def is_alive(self) -> bool:
        """Whether the supervisord that we started still runs."""
        return self._child is not None and self._child.poll() is None

    def begin(self, name: str) -> None:
        """Starts a program without waiting for it; one that runs already is left alone."""
        self._call("startProcess", name, False, expected=(Faults.ALREADY_STARTED,))

    def end(self, name: str) -> None:
        """Sends a program its stop signal without waiting; supervisord kills it when its time is over."""
        self._call("stopProcess", name, False, expected=(Faults.NOT_RUNNING, Faults.BAD_NAME))

    def signal(self, name: str, sign: str) -> None:
        """Sends a program a signal, one that is being stopped too; without effect when it does not run."""
        self._call("signalProcess", name, sign, expected=(Faults.NOT_RUNNING, Faults.BAD_NAME))

    def state(self) -> dict[str, dict[str, Any]]:
        """What supervisord says of each program: statename, pid, start (seconds), spawnerr, ..."""
        return {info["name"]: info for info in self._call("getAllProcessInfo")}

    def shutdown(self) -> None:
        """Ends supervisord, whatever it takes, and removes its socket's folder if that lies outside the data."""
        if self._child is None:
            return
        if self.is_alive():
            self._child.terminate()
        try:
            self._child.wait(timeout=60)  # it stops in order what still runs
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait(timeout=5)
        self._transport.close()
        if socket_file(self._paths).parent != supervisor_folder(self._paths):
            socket_file(self._paths).unlink(missing_ok=True)
            socket_file(self._paths).parent.rmdir()

    def _await_answer(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while self.is_alive() and time.monotonic() < deadline:
            try:
                self._rpc.getState()
            except OSError:
                self._transport.close()  # a half-made connection is not used again
                time.sleep(0.05)
            else:
                return
        words = (self._paths.log / "supervisord-start.log").read_text(errors="replace").strip()[-800:]
        raise UpError(f"The process manager did not start: {words or 'no word from it'}")

    def _call(self, method: str, *arguments: Any, expected: tuple[int, ...] = ()) -> Any:
        try:
            return getattr(self._rpc, method)(*arguments)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode in expected:
                return None
            raise UpError(f"The process manager refused {method} {arguments}: {fault.faultString}") from fault
        except (OSError, http.client.HTTPException, xmlrpc.client.Error) as error:
            self._transport.close()
            raise UpError(f"The process manager does not answer: {error}") from error


def environment(paths: Paths, practice: bool) -> dict[str, str]:
    """The environment of every program: ours, the data folder made absolute, nothing of root's home."""
    ours = {key: value for key, value in os.environ.items() if key != "XDG_RUNTIME_DIR"}
    ours |= {
        "TIANZHOU_DATA_DIR": str(paths.root),
        "TIANZHOU_PRACTICE": "true" if practice else "false",
        STACK_MARK: str(paths.root),
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": IGNORED_WARNING,
        "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin:/sbin:/bin",
    }
    if os.geteuid() == 0:
        ours["HOME"] = str(paths.root)
    return ours


def needs(paths: Paths) -> tuple[Path, ...]:
    """Files that the service user must reach: code, this Python, its packages, the data folder's content."""
    return (Path(sys.executable), Path(sys.prefix) / "pyvenv.cfg", Path(__file__), paths.log)


def _section(paths: Paths, program: Program) -> str:
    return PROGRAM.format(
        name=program.name,
        command=_text(shlex.join(program.argv())),
        # the highest priority stops first when supervisord is told to stop all by itself
        priority=900 - 100 * STOP_ORDER.index(program.name),
        signal=program.stop_signal,
        wait=program.stop_wait_s,
        log=_text(paths.log),
    )


def _text(value: object) -> str:
    return str(value).replace("%", "%%")  # supervisord expands %(...)s in its files


def _private_folder(folder: Path) -> Path:
    """The folder, made if missing; one that somebody else prepared in a shared place is refused."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    entry = folder.lstat()
    shared = folder.parent.stat().st_mode & 0o002
    if shared and (folder.is_symlink() or entry.st_mode & 0o077 or entry.st_uid not in _our_ids()):
        raise UpError(f"{folder} is not ours: remove it, or set TIANZHOU_DATA_DIR to a shorter path.")
    return folder


def _our_ids() -> set[int]:
    if os.geteuid() != 0:
        return {os.geteuid()}
    return {0, pwd.getpwnam(SERVICE_USER).pw_uid}
