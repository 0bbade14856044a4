"""Makes a node ready to start: programs, configuration files, sounds. Safe to repeat, to kill, and to run twice."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ari_bridge.node.agi import write_wrapper
from ari_bridge.node.apt import fetch
from ari_bridge.node.errors import NodeError, NotPrepared
from ari_bridge.node.layout import ROLES, check_root, prompts_dir
from ari_bridge.node.render import render, values_of
from ari_bridge.node.script import FILES
from ari_bridge.node.toolbox import Toolbox, toolbox
from dialer.machine import Paths, keep_ports, keep_secrets
from dialer.settings import Settings

Say = Callable[[str], None]


def prepare(settings: Settings, say: Say) -> None:
    """Does all of it, one line of progress per step. Raises NodeError with what to do."""
    check_root(settings.root)
    paths = Paths(settings.root)
    with _alone(paths):
        tools = _programs(paths, settings, say)
        _files(paths, tools, say)
        _sounds(paths, tools, say)


def _programs(paths: Paths, settings: Settings, say: Say) -> Toolbox:
    try:
        tools = toolbox(paths)
    except NotPrepared:
        say(f"Asterisk: fetching packages from Debian {settings.debian_suites} (about 80 MB)")
        fetch(paths, settings)
        tools = toolbox(paths)
    say(f"Asterisk: {'the system one' if tools.root is None else tools.root}")
    return tools


def _files(paths: Paths, tools: Toolbox, say: Say) -> None:
    ports, secrets = keep_ports(paths), keep_secrets(paths)
    for role in ROLES:
        render(role, paths, values_of(role, paths, ports, secrets, tools), secrets.phones)
    write_wrapper(paths)
    say(f"Configuration: {paths.root / 'asterisk'}")


def _sounds(paths: Paths, tools: Toolbox, say: Say) -> None:
    if not all((prompts_dir(paths) / name).exists() for name in FILES):
        from ari_bridge.node.speech import make_prompts  # noqa: PLC0415 - numpy is slow to load, mostly not needed

        make_prompts(paths, tools)
    say(f"Sounds: {prompts_dir(paths)}")


@contextmanager
def _alone(paths: Paths) -> Iterator[None]:
    """One preparation at a time per data folder; the second waits for the first."""
    try:
        paths.tools.mkdir(parents=True, exist_ok=True)
        lock = (paths.tools / "prepare.lock").open("w")
    except OSError as error:
        raise NodeError(f"{paths.root} cannot be written ({error.strerror}): set TIANZHOU_DATA_DIR.") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
