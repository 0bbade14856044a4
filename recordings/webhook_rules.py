"""PURE: where an alarm may be sent, what is sent, and when it is tried again."""

import hashlib
import hmac
import ipaddress
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(minutes=5)
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
ADVICE = "Correct TIANZHOU_ALARM_WEBHOOK."
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class State(StrEnum):
    """What of an incident is told: once each."""

    OPENED = "opened"
    CLOSED = "closed"


@dataclass(frozen=True)
class Target:
    """Where alarms go, as the setting names it. `is_loopback` = this machine was named itself."""

    url: str
    host: str
    port: int
    is_https: bool
    is_loopback: bool


@dataclass(frozen=True)
class BadTarget:
    """Why nothing is sent there; the text says what to do."""

    why: str


def target_of(url: str) -> Target | BadTarget:
    """https to any host, http to this machine only; no credentials in it: they would end up in logs."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return BadTarget(f"This is no address. {ADVICE}")
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in ("https", "http") or not host:
        return BadTarget(f"Give an address that begins with https://. {ADVICE}")
    if parts.username is not None or parts.password is not None or not url.isprintable():
        return BadTarget(f"Give an address without user, password or blanks: what is sent is signed. {ADVICE}")
    is_loopback = host in LOOPBACK_NAMES
    if parts.scheme == "http" and not is_loopback:
        return BadTarget(f"Plain http goes to this machine only: use https. {ADVICE}")
    is_https = parts.scheme == "https"
    return Target(url, host, port or (443 if is_https else 80), is_https, is_loopback)


def choose(target: Target, resolved: Iterable[str], may_be_private: bool) -> str | BadTarget:
    """The one address to connect to, pinned: all that the name resolves to must be allowed (SSRF, rebinding)."""
    addresses = [ipaddress.ip_address(text) for text in resolved]
    if not addresses:
        return BadTarget(f"{target.host} has no address.")
    for address in addresses:
        if (why := _refused(address, target, may_be_private)) is not None:
            return BadTarget(f"{target.host} is {why}: nothing is sent there.")
    return str(addresses[0])


def _refused(address: Address, target: Target, may_be_private: bool) -> str | None:
    plain = getattr(address, "ipv4_mapped", None) or address
    if plain.is_loopback:
        return None if target.is_loopback else "this machine under another name"
    if plain.is_link_local:  # 169.254.169.254 gives away a cloud machine's credentials
        return "a link-local address"
    if plain.is_multicast or plain.is_unspecified or plain.is_reserved:
        return "no address of a host"
    if not plain.is_global and not may_be_private:
        return "in a private network (TIANZHOU_ALARM_WEBHOOK_PRIVATE=true allows it)"
    return None


def body_of(delivery_id: str, state: State, incident: Mapping[str, Any], receivers: Mapping[str, Any]) -> bytes:
    """What is sent: JSON. The same delivery has the same id each time it is tried: count it once."""
    sent = {"delivery": delivery_id, "event": f"incident.{state.value}", "incident": incident, "to": receivers}
    return json.dumps(sent, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def signature_of(secret: str, sent_at: int, body: bytes) -> str:
    """HMAC-SHA256 over `<seconds>.<body>`: a body caught on its way cannot be sent again much later."""
    return hmac.new(secret.encode(), f"{sent_at}.".encode() + body, hashlib.sha256).hexdigest()


def next_try(tries: int, now: datetime) -> datetime:
    """When a failed delivery is tried again: 2 s, 4 s, 8 s ... up to five minutes, as long as it takes."""
    waits: timedelta = FIRST_RETRY * 2 ** min(tries - 1, 16)
    return now + min(waits, LONGEST_RETRY)
