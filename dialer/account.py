"""The operating-system account that our servers run under.

PostgreSQL refuses to run as root, and nothing of ours needs root: started as root, we become the system user
`tianzhou`. Where a parent folder of the data is closed to it (a clone below /root or a 0700 temporary folder),
it keeps one capability, CAP_DAC_READ_SEARCH, and no other.
"""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

SERVICE_USER = "tianzhou"
PREFIX_TOOL = "setpriv"


class AccountError(Exception):
    """The account or the tool to switch to it is missing; the text says what to do."""


def service_user() -> str:
    """The user name that our servers run under: `tianzhou` when we are root, else ourselves."""
    return SERVICE_USER if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name


def our_uids() -> set[int]:
    """Whose files we take for our own: ourselves and, for root, the service user where it exists."""
    known = {os.geteuid()}
    if os.geteuid() == 0 and _exists(SERVICE_USER):
        known.add(pwd.getpwnam(SERVICE_USER).pw_uid)
    return known


def make_service_user() -> None:
    """As root, creates the system user if it is missing. Raises AccountError when that fails."""
    if os.geteuid() != 0 or _exists(SERVICE_USER):
        return
    argv = [
        "useradd",
        "--system",
        "--user-group",
        "--no-create-home",
        "--shell",
        "/usr/sbin/nologin",
        SERVICE_USER,
    ]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)
    if not _exists(SERVICE_USER):
        raise AccountError(f"The system user {SERVICE_USER} could not be made: {done.stderr.strip()}")


def as_service_user(argv: list[str], *needs: Path, death_signal: str = "TERM") -> list[str]:
    """`argv` to be run under the service user, ended by `death_signal` when its parent dies.

    `needs` are the paths it must reach; the capability is given only when one of them is closed to it.
    """
    if shutil.which(PREFIX_TOOL) is None:
        raise AccountError("setpriv is missing: install the package util-linux")
    prefix = [PREFIX_TOOL, "--pdeathsig", death_signal]
    if os.geteuid() == 0:
        prefix += [
            f"--reuid={SERVICE_USER}",
            f"--regid={SERVICE_USER}",
            "--clear-groups",
            *_capabilities(needs),
        ]
    return [*prefix, *argv]


def own(path: Path) -> None:
    """As root, gives the folder and all below it to the service user; otherwise nothing."""
    if os.geteuid() != 0:
        return
    entry = pwd.getpwnam(SERVICE_USER)
    for item in (path, *path.rglob("*")):
        if item.lstat().st_uid != entry.pw_uid:
            os.chown(item, entry.pw_uid, entry.pw_gid, follow_symlinks=False)


def _exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _capabilities(needs: tuple[Path, ...]) -> list[str]:
    if all(_is_open(path) for path in needs):
        return ["--inh-caps=-all", "--bounding-set=-all"]
    only = "-all,+dac_read_search"
    # without the securebit, access(2) forgets the capability, and initdb asks access(2) about its own programs
    return ["--securebits=+no_setuid_fixup", f"--inh-caps={only}", f"--ambient-caps={only}", f"--bounding-set={only}"]


def _is_open(path: Path) -> bool:
    """Whether every folder above the path, links resolved, may be searched by anybody."""
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)
