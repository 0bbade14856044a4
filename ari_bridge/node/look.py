"""One bounded look at an Asterisk of ours: what it is, what it lacks, whom it reaches. Changes nothing."""

import re
from dataclasses import asdict, dataclass, field
from typing import Any

import httpx

from ari_bridge.node.errors import NodeError
from ari_bridge.node.layout import Role, conf_file
from ari_bridge.node.ready import ari_login
from ari_bridge.node.toolbox import asked_version, toolbox
from ari_bridge.node.version import OLDEST, is_good, parse_version
from dialer.machine import Paths
from dialer.settings import settings

TIMEOUT_S = 2.0
_LOAD = re.compile(r"^load\s*=>?\s*(\S+)", re.MULTILINE)


@dataclass
class Look:
    """`why` says why it is not ready; `endpoints` are SIP trunks and phones, each online, offline or unknown."""

    ready: bool = False
    why: str = ""
    version: str | None = None
    is_good: bool = False
    oldest: str = str(OLDEST)
    missing: list[str] = field(default_factory=list)
    endpoints: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def look(role: Role) -> Look:
    """What can be seen within a few seconds. Never raises: what stands in the way is in `why`."""
    found = Look()
    try:
        url, login = ari_login(role)
        with httpx.Client(base_url=url, auth=login, timeout=TIMEOUT_S, trust_env=False) as client:
            _ask(client, role, found)
    except FileNotFoundError:
        found.why = "it was never set up"
    except httpx.HTTPError as fault:
        found.why = f"ARI does not answer ({type(fault).__name__})"
    if found.version is None:
        _installed(found)
    return found


def _ask(client: httpx.Client, role: Role, found: Look) -> None:
    system = _get(client, "/asterisk/info")["system"]
    _take_version(found, f"Asterisk {system['version']}")
    running = {item["name"] for item in _get(client, "/asterisk/modules") if item["status"] == "Running"}
    wanted = _LOAD.findall((conf_file(Paths(settings().root), role).parent / "modules.conf").read_text())
    found.missing = sorted(set(wanted) - running)
    found.endpoints = {item["resource"]: item["state"] for item in _get(client, "/endpoints/PJSIP")}
    found.ready = True


def _get(client: httpx.Client, path: str) -> Any:
    return client.get(path).raise_for_status().json()


def _installed(found: Look) -> None:
    """The version of a program that does not run."""
    try:
        version = asked_version(toolbox(Paths(settings().root)).argv("asterisk"))
    except NodeError as fault:
        found.why = str(fault)
        return
    if version is not None:
        _take_version(found, f"Asterisk {version}")


def _take_version(found: Look, text: str) -> None:
    version = parse_version(text)
    found.version, found.is_good = str(version or text), is_good(version)
