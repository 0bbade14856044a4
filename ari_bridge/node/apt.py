"""Gets Asterisk, SIPp and espeak-ng as Debian packages into our own folder, without root.

apt runs in download-only mode with folders of its own and the machine's trust and mirror; `dpkg-deb -x` unpacks into
a folder beside the final one, and a rename makes it complete: a kill in the middle leaves nothing half-done.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from ari_bridge.node.errors import FetchError, WrongVersion
from ari_bridge.node.toolbox import asked_version, fetched_root, loader_argv, triplet
from ari_bridge.node.version import OLDEST, is_good
from dialer.machine import Paths
from dialer.settings import Settings

PACKAGES = ("asterisk", "sip-tester", "espeak-ng")
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_BY_HAND = "or install Asterisk 22.10.1 or newer yourself."
_TIMEOUT_S = 900
# what apt says, and what a person can do about it
_ADVICE = (
    (r"is expired|not valid yet", "its index is past its date: TIANZHOU_APT_CHECK_VALID_UNTIL=false accepts that"),
    (r"NO_PUBKEY|not signed|couldn't be verified", "its signature does not fit the keys in debian-archive-keyring"),
    (r"does not have a Release file|404 +Not Found", "it has no such suite: set TIANZHOU_DEBIAN_SUITES"),
    (r"Could not resolve|Unable to connect|Cannot initiate|timed out|Temporary failure", "it cannot be reached"),
    (r"Unable to locate package|has no installation candidate", "it has no Asterisk"),
    (r"No space left|enough free space", "this disk is full: free 1 GB"),
)


def fetch(paths: Paths, settings: Settings) -> None:
    """Fetches and unpacks the packages from the first suite that has them. Raises FetchError or WrongVersion."""
    triplet()
    _check_machine()
    mirror = settings.debian_mirror or machine_mirror()
    failures = []
    for suite in settings.debian_suites.split():
        try:
            return _fetch_suite(paths, mirror, suite, settings.apt_check_valid_until)
        except (FetchError, WrongVersion) as error:
            failures.append(f"{suite}: {error}")
    raise FetchError(
        f"No Asterisk from {mirror} ({'; '.join(failures)}). Check the network and the mirror, {_BY_HAND}"
    )


def machine_mirror() -> str:
    """The Debian mirror this machine's apt uses. Raises FetchError where it uses none."""
    listed = _run([_tool("apt-get"), "--print-uris", "-o", "Debug::NoLocking=1", "update"])
    found = first_mirror(listed.splitlines())
    if not found:
        raise FetchError(f"This machine's apt knows no Debian mirror: set TIANZHOU_DEBIAN_MIRROR to one, {_BY_HAND}")
    return found


def first_mirror(lines: Iterable[str]) -> str | None:
    """The first mirror of Debian itself among apt's `--print-uris` lines; None when there is none."""
    for line in lines:
        found = re.match(r"'(https?://\S+?/debian)/+dists/", line)
        if found:
            return found.group(1)
    return None


def advice(output: str) -> str:
    """What apt's output means, in one clause; its own last words where we do not know."""
    for pattern, meaning in _ADVICE:
        if re.search(pattern, output):
            return meaning
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "apt failed without a word"


def _check_machine() -> None:
    for name in ("apt-get", "dpkg-deb"):
        _tool(name)
    if not _KEYRING.exists():
        raise FetchError(f"Debian's keys are missing: install the package debian-archive-keyring, {_BY_HAND}")


def _tool(name: str) -> str:
    found = shutil.which(name)
    if not found:
        raise FetchError(f"{name} is missing, so no packages can be fetched: use Debian 12 or newer, {_BY_HAND}")
    return found


def _fetch_suite(paths: Paths, mirror: str, suite: str, check_date: bool) -> None:
    home = paths.tools / "apt" / suite
    archives = _download(home, mirror, suite, check_date)
    part = paths.tools / "root.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    _unpack(archives, part)
    found = asked_version(loader_argv(part, "asterisk"))
    if not is_good(found):
        raise WrongVersion(f"its Asterisk is {found or 'not one that starts'}, and {OLDEST} is the oldest we trust")
    part.rename(fetched_root(paths))


def _download(home: Path, mirror: str, suite: str, check_date: bool) -> list[Path]:
    for folder in ("state/lists/partial", "cache/archives/partial"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    (home / "status").touch()
    (home / "sources.list").write_text(f"deb [signed-by={_KEYRING}] {mirror} {suite} main\n")
    apt = [_tool("apt-get"), *_options(home, check_date), "-q"]
    _run([*apt, "update"])
    _run([*apt, "-y", "--download-only", "install", *PACKAGES])
    return sorted((home / "cache/archives").glob("*.deb"))


def _options(home: Path, check_date: bool) -> list[str]:
    options = {
        "Dir::State": home / "state",
        "Dir::State::status": home / "status",
        "Dir::Cache": home / "cache",
        "Dir::Etc::sourcelist": home / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::Etc::preferences": "-",
        "Dir::Etc::preferencesparts": "-",
        "APT::Get::List-Cleanup": "false",
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "",
        "APT::Update::Error-Mode": "any",
        "Acquire::Languages": "none",
        "Acquire::Retries": "2",
        "Debug::NoLocking": "true",
    }
    if not check_date:
        options["Acquire::Check-Valid-Until"] = "false"
    return [word for name, value in options.items() for word in ("-o", f"{name}={value}")]


def _unpack(archives: list[Path], into: Path) -> None:
    dpkg = _tool("dpkg-deb")
    for archive in archives:
        _run([dpkg, "-x", str(archive), str(into)])


def _run(argv: list[str]) -> str:
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    try:
        ran = subprocess.run(
            argv, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False, env=environment, errors="replace"
        )
    except subprocess.TimeoutExpired as error:
        raise FetchError(f"{Path(argv[0]).name} took longer than {_TIMEOUT_S} s") from error
    if ran.returncode:
        raise FetchError(advice(ran.stdout + ran.stderr))
    return ran.stdout
