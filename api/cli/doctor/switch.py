"""Asterisk: the program, its modules, the recorder, trunks and phones; it is asked by a program of its own folder."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from api.cli.doctor.database import LOOK_S, Facts
from api.cli.doctor.finding import START_IT, Finding, ill, well
from api.cli.manager import HOME
from dialer.account import service_user
from dialer.machine import Paths
from dialer.settings import Settings

TIMEOUT_S = 8.0
RECORDER = "app_mixmonitor.so"
Look = dict[str, Any]
NOT_ASKED: Look = {"ready": False, "version": None, "is_good": False, "missing": [], "endpoints": {}}


def look(settings: Settings) -> Look:
    """What `python -m ari_bridge.node look main` prints."""
    argv = [sys.executable, "-m", "ari_bridge.node", "look", "main"]
    env = os.environ | {"TIANZHOU_DATA_DIR": str(settings.root)}
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=TIMEOUT_S, check=False, cwd=HOME, env=env)
        return NOT_ASKED | dict(json.loads(done.stdout))
    except subprocess.TimeoutExpired:
        return NOT_ASKED | {"why": "it does not answer in time"}
    except ValueError:
        words = done.stderr.strip().splitlines()
        return NOT_ASKED | {"why": words[-1] if words else "it cannot be asked"}


def examine(asterisk: Look, facts: Facts, settings: Settings, paths: Paths) -> Iterator[Finding]:
    """The findings of it."""
    yield version(asterisk)
    yield program(asterisk, paths)
    yield modules(asterisk, paths)
    yield spool(paths)
    yield recorder(asterisk, facts, settings, paths)
    yield trunks(asterisk, settings)
    yield phones(asterisk, facts)


def version(asterisk: Look) -> Finding:
    """Whether it is new enough."""
    if asterisk["version"] is None:
        return ill("asterisk_version", "no Asterisk was found", "Type: make asterisk (it fetches one).")
    if not asterisk["is_good"]:
        seen = f"{asterisk['version']} has known holes: {asterisk.get('oldest')} is the oldest to trust"
        return ill("asterisk_version", seen, "Remove it, or type: make asterisk (it fetches a newer one).")
    return well("asterisk_version", str(asterisk["version"]))


def program(asterisk: Look, paths: Paths) -> Finding:
    """Whether it runs."""
    if asterisk["ready"]:
        return well("asterisk", "answers")
    return ill(
        "asterisk", f"is not ready: {asterisk.get('why')}", f"{START_IT}; if it runs, see {paths.log}/asterisk.log."
    )


def modules(asterisk: Look, paths: Paths) -> Finding:
    """Whether everything that its configuration loads is running."""
    if not asterisk["ready"]:
        return ill("modules", "not known while Asterisk does not answer", "Mend asterisk first.")
    if asterisk["missing"]:
        todo = f"Look for their names in {paths.asterisk('main')}/log/messages, then start Tianzhou again."
        return ill("modules", f"not running: {', '.join(asterisk['missing'])}", todo)
    return well("modules", "all loaded")


def spool(paths: Paths) -> Finding:
    """Asked of the folder's owner and mode: root may write anywhere, and a test file would look like a recording."""
    if not paths.spool.is_dir():
        return ill("spool", f"{paths.spool} is missing", START_IT)
    entry, system = paths.spool.stat(), os.statvfs(paths.spool)
    owner = service_user()
    if system.f_flag & os.ST_RDONLY:
        return ill(
            "spool", f"{paths.spool} is on a read-only disk", "Mount it writable; see dmesg for why it is not."
        )
    if paths.spool.owner() != owner or not entry.st_mode & stat.S_IWUSR:
        todo = f"Give the data folder back to the user that runs Tianzhou: chown -R {owner} {paths.root}"
        return ill("spool", f"{paths.spool} is not writable by {owner}", todo)
    return well("spool", f"{paths.spool} is writable by {owner}")


def recorder(asterisk: Look, facts: Facts, settings: Settings, paths: Paths) -> Finding:
    """Whether a call would be recorded now, by the module and by the dialer's look at the disk."""
    if RECORDER in asterisk["missing"]:
        todo = f"Look for app_mixmonitor in {paths.asterisk('main')}/log/messages, then start Tianzhou again."
        return ill("recorder", "MixMonitor is not loaded: no call would be recorded, so none is dialed", todo)
    beat = facts.beats.get(settings.node)
    if not asterisk["ready"] or beat is None or beat.age_s > LOOK_S:
        return ill("recorder", "not known while Asterisk or the dialer is away", "Mend asterisk and dialer first.")
    told = beat.health.get("recorder")
    told = told if isinstance(told, dict) else {}
    if told.get("ok") is not True:
        todo = f"Mend the spool folder {paths.spool}: its owner, its room, its disk."
        return ill("recorder", str(told.get("why") or "the dialer does not see it run"), todo)
    return well("recorder", "MixMonitor is loaded, the spool takes files")


def trunks(asterisk: Look, settings: Settings) -> Finding:
    """Whether each trunk of the settings answers to OPTIONS."""
    if not asterisk["ready"]:
        return ill("trunks", "not known while Asterisk does not answer", "Mend asterisk first.")
    seen = {name: asterisk["endpoints"].get(name) for name in settings.trunks.split()}
    unknown = [name for name, state in seen.items() if state is None]
    if unknown:
        todo = "Correct TIANZHOU_TRUNKS, or add them to asterisk-conf/main/pjsip.conf and start again."
        return ill("trunks", f"Asterisk has no trunk {', '.join(unknown)}", todo)
    away = [f"{name} is {state}" for name, state in seen.items() if state != "online"]
    if away:
        return ill(
            "trunks", ", ".join(away), "Ask the carrier; see that the way to it is open (SIP OPTIONS unanswered)."
        )
    return well("trunks", f"{', '.join(seen)} online")


def phones(asterisk: Look, facts: Facts) -> Finding:
    """Whether every agent at work has a registered phone; a phone of nobody at work may be off."""
    if not asterisk["ready"]:
        return ill("phones", "not known while Asterisk does not answer", "Mend asterisk first.")
    online = {name for name, state in asterisk["endpoints"].items() if name.isdigit() and state == "online"}
    off = sorted(facts.phones - online)
    if off:
        todo = "Switch these phones on; see that they register at this machine's SIP port with their password."
        return ill("phones", f"agents are at work without a registered phone: {', '.join(off)}", todo)
    return well("phones", f"{len(online)} registered, {len(facts.phones)} agents at work")
