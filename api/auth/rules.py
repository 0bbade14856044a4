"""When somebody may try a password, and whether a request is ours. Pure."""

import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

FIRST_WAIT_S, LONGEST_WAIT_S = 30, 900
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_SITE = frozenset({"same-origin", "none"})
IPV6_HOME = 64  # a household has that many leading bits of its own, and all the rest to choose from


@dataclass(frozen=True)
class Limit:
    """How many failures are free, and how long it takes until one is forgiven."""

    free: int
    forgiven_after: timedelta


BY_NAME = Limit(5, timedelta(hours=1))
BY_ADDRESS = Limit(100, timedelta(seconds=30))  # a whole floor may sit behind one address


@dataclass(frozen=True)
class Tries:
    """What is remembered of a name or of an address; failures are forgiven one by one from `since` on."""

    failures: int
    since: datetime
    blocked_until: datetime | None = None

    def wait_until(self, now: datetime) -> datetime | None:
        """When the next try is allowed; None = now."""
        return self.blocked_until if self.blocked_until is not None and self.blocked_until > now else None


def failed(tries: Tries, limit: Limit, now: datetime) -> Tries:
    """What is remembered after one more failure: the last free one and each after it blocks, ever longer."""
    forgiven = max(0, int((now - tries.since) / limit.forgiven_after))
    left = max(0, tries.failures - forgiven)
    since = tries.since + forgiven * limit.forgiven_after if left else now
    failures = left + 1
    over = failures - limit.free
    if over < 0:
        return Tries(failures, since)
    wait_s = min(FIRST_WAIT_S * 2 ** min(over, 16), LONGEST_WAIT_S)
    return Tries(failures, since, now + timedelta(seconds=wait_s))


def name_key(username: str) -> bytes:
    """Under what a typed name is remembered: not the name, which may be a password in the wrong field."""
    return hashlib.sha256(b"name\0" + username.encode(errors="replace")).digest()


def address_key(address: str | None) -> bytes:
    """Under what a client's address is remembered; an IPv6 one by its network."""
    return hashlib.sha256(b"address\0" + _home(address or "").encode()).digest()


def csrf_token(token: str) -> str:
    """What a page sends beside the cookie of this session: worked out from it, useless to work back."""
    return hmac.new(token.encode(), b"tianzhou csrf", hashlib.sha256).hexdigest()


def is_csrf_token(sent: str | None, token: str) -> bool:
    """Whether this is the session's CSRF token; takes as long whatever was sent."""
    return hmac.compare_digest((sent or "").encode(errors="replace"), csrf_token(token).encode())


def is_cross_site(fetch_site: str | None, origin: str | None, host: str) -> bool:
    """Whether the browser says that another site made the request; a client that says nothing is no browser."""
    if fetch_site is not None:
        return fetch_site not in OWN_SITE
    return origin is not None and _host_of(origin) != host


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _home(address: str) -> str:
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if known.version == 4:
        return str(known)
    return str(ipaddress.ip_network((known, IPV6_HOME), strict=False))
