"""Where one Asterisk process keeps its things, and how short its socket's path must be."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path
from typing import Literal

from ari_bridge.node.errors import BadDataDir
from dialer.account import our_uids
from dialer.machine import Paths

Role = Literal["main", "carrier"]
ROLES: tuple[Role, ...] = ("main", "carrier")

SOCKET_PATH_LIMIT = 107  # sun_path is 108 bytes with its end
_SOCKET_NAME = "asterisk.ctl"
_MEANING = frozenset(",;&|$\"'\\`{}[]()<>*?@=\r\n\t")  # what extensions.conf, asterisk.conf or a glob would act on


def check_root(root: Path) -> None:
    """Refuses (BadDataDir) a data folder whose name Asterisk's files would misread."""
    bad = sorted(_MEANING & set(str(root)))
    if bad:
        raise BadDataDir(
            f"The data folder {root} has {' '.join(map(repr, bad))} in its name, which Asterisk's files would"
            " misread: set TIANZHOU_DATA_DIR to a folder named with letters, digits, '-', '_' and '.'."
        )


def prompts_dir(paths: Paths) -> Path:
    """The sentences that Asterisk plays, wav 8 kHz."""
    return paths.root / "prompts"


def run_dir(paths: Paths, role: Role) -> Path:
    """Folder of the control socket and the pid file: below the data folder, or a short one when that is too long."""
    own = paths.asterisk(role) / "run"
    if len(os.fsencode(own / _SOCKET_NAME)) <= SOCKET_PATH_LIMIT:
        return own
    name = hashlib.sha256(os.fsencode(paths.root)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"tz-{name}-{role}"


def make_run_dir(paths: Paths, role: Role) -> Path:
    """Makes the run folder, 0700 and ours. Raises BadDataDir where a stranger already owns that name."""
    folder = run_dir(paths, role)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    seen = folder.lstat()
    if not stat.S_ISDIR(seen.st_mode) or seen.st_uid not in our_uids():
        raise BadDataDir(f"{folder} belongs to somebody else: remove it, or set TIANZHOU_DATA_DIR to a shorter path.")
    folder.chmod(0o700)
    return folder


def conf_file(paths: Paths, role: Role) -> Path:
    """The asterisk.conf that this role starts with."""
    return paths.asterisk(role) / "etc" / "asterisk.conf"
