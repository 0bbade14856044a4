"""Finds Debian's Chromium and a Chinese font, and gets them when they are missing: `python -m tests.console.browser`.

As root apt installs them. As an ordinary user the same packages are downloaded and unpacked below var/tools/chromium
and run from there: they are of the machine's own release, so its loader and its libraries fit. Playwright downloads
nothing.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from dialer.settings import settings

PACKAGES = ("chromium", "fonts-wqy-microhei")
TOOLS = Path(__file__).parents[2] / "var" / "tools"
BY_HAND = f"sudo apt-get install -y --no-install-recommends {' '.join(PACKAGES)}"
TIMEOUT_S = 900
FONTS_CONF = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>{fonts}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>{cache}</cachedir>
</fontconfig>
"""


class NoBrowser(Exception):
    """There is no Chromium and it could not be fetched; the text says what to type."""


@dataclass(frozen=True)
class Chromium:
    """The program, and what must be in its environment."""

    path: Path
    needs: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str | float | bool]:
        """The whole environment to start it in."""
        return {**os.environ, **self.needs}


def find() -> Chromium | None:
    """The machine's Chromium where a Chinese font is installed too, else the unpacked one; None without either."""
    installed = shutil.which("chromium")
    if installed and _has_chinese_font():
        return Chromium(Path(installed))
    root = TOOLS / "chromium"
    return _unpacked(root) if root.is_dir() else None


def get() -> Chromium:
    """Finds the browser, or fetches it first. Raises NoBrowser."""
    found = find()
    if found is None:
        try:
            (_install if os.geteuid() == 0 else _unpack)()
        except (OSError, subprocess.SubprocessError) as error:
            raise NoBrowser(f"Chromium could not be fetched ({_last_words(error)}). Type: {BY_HAND}") from error
        found = find()
    if found is None:
        raise NoBrowser(f"Chromium is missing. Type: {BY_HAND}")
    return found


def _has_chinese_font() -> bool:
    listing = shutil.which("fc-list")
    return listing is not None and bool(_run([listing, ":lang=zh-cn", "family"]).strip())


def _install() -> None:
    install = ["apt-get", "install", "-y", "--no-install-recommends", *PACKAGES, "fontconfig"]
    try:
        _run(install)
    except subprocess.CalledProcessError:  # no index yet, or an old one
        _run(["apt-get", "update"])
        _run(install)


def _unpack() -> None:
    """Downloads what this machine lacks and unpacks it; a rename makes it complete, so a kill leaves nothing half."""
    home, part = TOOLS / "apt" / "chromium", TOOLS / "chromium.part"
    for folder in ("state/lists/partial", "cache/archives/partial"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    apt = ["apt-get", *_apt_options(home)]
    _run([*apt, "update"])
    _run([*apt, "-y", "--download-only", "--no-install-recommends", "install", *PACKAGES])
    shutil.rmtree(part, ignore_errors=True)
    for archive in sorted((home / "cache/archives").glob("*.deb")):
        _run(["dpkg-deb", "-x", str(archive), str(part)])
    part.rename(TOOLS / "chromium")
    shutil.rmtree(home)


def _apt_options(home: Path) -> list[str]:
    """The machine's own sources and list of installed packages; everything that apt writes goes to `home`."""
    options = {
        "Dir::State": home / "state",
        "Dir::State::status": "/var/lib/dpkg/status",
        "Dir::Cache": home / "cache",
        "APT::Sandbox::User": "",
        "Debug::NoLocking": "true",
    }
    if not settings().apt_check_valid_until:
        options["Acquire::Check-Valid-Until"] = "false"
    return [word for name, value in options.items() for word in ("-o", f"{name}={value}")]


def _unpacked(root: Path) -> Chromium | None:
    program = root / "usr/lib/chromium/chromium"
    if not program.exists():
        return None
    libraries = [str(path) for path in (*root.glob("usr/lib/*-linux-gnu*"), *root.glob("lib/*-linux-gnu*"))]
    # a package may keep its libraries in a folder of its own, as libpulse's common part
    libraries += [str(path.parent) for path in root.glob("usr/lib/*-linux-gnu*/*/lib*.so*")]
    conf = root / "fonts.conf"
    if not conf.exists():
        conf.write_text(FONTS_CONF.format(fonts=root / "usr/share/fonts", cache=root / "cache"))
    return Chromium(program, {"LD_LIBRARY_PATH": ":".join(dict.fromkeys(libraries)), "FONTCONFIG_FILE": str(conf)})


def _run(argv: list[str]) -> str:
    environment = os.environ | {"LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
    ran = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=TIMEOUT_S, env=environment)
    return ran.stdout


def _last_words(error: Exception) -> str:
    said = getattr(error, "stderr", "") or str(error)
    return said.strip().splitlines()[-1] if said.strip() else type(error).__name__


def main() -> int:
    """Sees that there is a browser; 1 with one sentence when there is none."""
    try:
        print(f"Chromium: {get().path}")
    except NoBrowser as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
