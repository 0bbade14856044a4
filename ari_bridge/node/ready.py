"""Whether an Asterisk of ours answers as fully booted."""

import time

import httpx

from ari_bridge.node.errors import NotReady
from ari_bridge.node.layout import Role
from dialer.machine import Paths, load_ports, load_secrets
from dialer.settings import settings

_PAUSE_S = 0.1


def wait_ready(role: Role, timeout_s: float) -> None:
    """Returns once ARI answers (it refuses until Asterisk is fully booted). Raises NotReady after `timeout_s`."""
    url, login = ari_login(role)
    until = time.monotonic() + timeout_s
    seen = "it does not listen"
    with httpx.Client(auth=login, timeout=2.0, trust_env=False) as client:
        while True:
            seen = _ask(client, f"{url}/asterisk/info")
            if not seen:
                return
            if time.monotonic() > until:
                raise NotReady(f"{role} is not ready after {timeout_s:g} s ({seen}): see its log/messages.")
            time.sleep(_PAUSE_S)


def ari_login(role: Role) -> tuple[str, tuple[str, str]]:
    """The ARI address of this role and its account. Raises FileNotFoundError before set-up."""
    paths = Paths(settings().root)
    ports, secrets = load_ports(paths), load_secrets(paths)
    port = ports.ari if role == "main" else ports.carrier_ari
    account = ("tianzhou", secrets.ari) if role == "main" else ("carrier", secrets.carrier_ari)
    return f"http://127.0.0.1:{port}/ari", account


def _ask(client: httpx.Client, url: str) -> str:
    """'' when ready, else what is wrong."""
    try:
        answer = client.get(url)
    except httpx.TransportError as error:
        return f"ARI: {type(error).__name__}"
    return "" if answer.status_code == httpx.codes.OK else f"ARI answers {answer.status_code}"
