"""Which programs a node uses and how to start them: the system's, or ours through their own dynamic loader.

Packages of a newer Debian run on an older one without a chroot when their own loader finds their own libraries.
"""

import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ari_bridge.node.errors import FetchError, NotPrepared
from ari_bridge.node.version import Version, is_good, parse_version
from dialer.machine import Paths

_LOADERS = {
    "x86_64": ("x86_64-linux-gnu", "ld-linux-x86-64.so.2"),
    "aarch64": ("aarch64-linux-gnu", "ld-linux-aarch64.so.1"),
}
_PROGRAMS = {"asterisk": "usr/sbin/asterisk", "sipp": "usr/bin/sipp", "espeak-ng": "usr/bin/espeak-ng"}
_SYSTEM_CONF = Path("/etc/asterisk/asterisk.conf")


@dataclass(frozen=True)
class Toolbox:
    """Where the programs are; `root` is None when the system's own serve."""

    root: Path | None
    modules: Path
    data: Path

    def argv(self, program: str) -> list[str]:
        """How to start `program` (asterisk, sipp, espeak-ng). Raises NotPrepared where it is not installed."""
        if self.root is not None:
            return loader_argv(self.root, program)
        found = shutil.which(program)
        if not found:
            raise NotPrepared(f"{program} is not installed: install it beside the system's Asterisk, then try again.")
        return [found]


def toolbox(paths: Paths) -> Toolbox:
    """The system's Asterisk when it is good enough, else the fetched one. Raises NotPrepared without either."""
    return system_toolbox() or fetched_toolbox(paths)


def fetched_toolbox(paths: Paths) -> Toolbox:
    """The programs below `tools/root`. Raises NotPrepared when they have not been fetched."""
    root = fetched_root(paths)
    if not root.is_dir():
        raise NotPrepared("There is no Asterisk here yet: run `python -m ari_bridge.node prepare` first.")
    modules = root / "usr/lib" / triplet() / "asterisk/modules"
    return Toolbox(root, modules, root / "usr/share/asterisk")


def fetched_root(paths: Paths) -> Path:
    """Where the fetched packages lie once they are complete."""
    return paths.tools / "root"


def system_toolbox() -> Toolbox | None:
    """The system's Asterisk, or None when there is none or it is too old."""
    found = shutil.which("asterisk")
    if not found or not is_good(asked_version([found])):
        return None
    text = _SYSTEM_CONF.read_text(errors="replace") if _SYSTEM_CONF.exists() else ""
    modules = _directory(text, "astmoddir") or Path("/usr/lib") / triplet() / "asterisk/modules"
    return Toolbox(None, modules, _directory(text, "astdatadir") or Path("/usr/share/asterisk"))


def asked_version(argv: list[str]) -> Version | None:
    """What this Asterisk says it is; None when it does not start or says nothing we know."""
    try:
        ran = subprocess.run([*argv, "-V"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse_version(ran.stdout)


def loader_argv(root: Path, program: str) -> list[str]:
    """How to start a program of the packages below `root` by their own loader and libraries."""
    libraries = root / "usr/lib" / triplet()
    loader = libraries / _LOADERS[platform.machine()][1]
    folders = f"{libraries}:{libraries / 'pulseaudio'}"
    binary = str(root / _PROGRAMS[program])
    return [str(loader), "--argv0", program, "--library-path", folders, binary]


def triplet() -> str:
    """Debian's name for this machine's architecture. Raises FetchError where we have no packages for it."""
    machine = platform.machine()
    if machine not in _LOADERS:
        raise FetchError(
            f"This machine is {machine}, and packages are known for {' and '.join(_LOADERS)} only:"
            " install Asterisk 22.10.1 or newer yourself, then try again."
        )
    return _LOADERS[machine][0]


def _directory(conf: str, name: str) -> Path | None:
    found = re.search(rf"^{name}\s*=>?\s*(\S+)", conf, re.MULTILINE)
    return Path(found.group(1)) if found else None
