"""The spool: what lies in Asterisk's folder of legs, and since when each file has not changed."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from dialer.core.ids import is_attempt_id
from recordings.audio import Pcm, decode_flac, holds_leg
from recordings.errors import SpoolError
from recordings.rules import LegFacts
from recordings.wav import Leg, inspect

CUSTOMER, AGENT = "-customer.wav", "-agent.wav"
CHANNEL = {AGENT: 0, CUSTOMER: 1}
SELF_TESTS = "selftest"  # the folder of the recorder's test calls: nobody's


@dataclass(frozen=True)
class Pair:
    """A call's two files as they were when looked at; None = not there."""

    customer: Leg | None
    agent: Leg | None

    @property
    def there(self) -> list[Leg]:
        """The legs that exist."""
        return [leg for leg in (self.customer, self.agent) if leg is not None]

    @property
    def samples(self) -> int:
        """Of the longer leg."""
        return max((leg.samples for leg in self.there), default=0)


@dataclass(frozen=True)
class Listing:
    """The names in the spool: ids of calls, and names that are not ours."""

    calls: frozenset[str]
    unknown: tuple[str, ...]


@dataclass
class Spool:
    """One spool folder. It measures "unchanged" by its own watching: file times jump with the clock."""

    folder: Path
    clock: Callable[[], float] = time.monotonic
    _seen: dict[Path, tuple[int, int, float]] = field(default_factory=dict)

    def look(self, attempt_id: str) -> Pair:
        """A call's files now. Raises SpoolError without a folder, WavError, OSError: never a false "missing"."""
        pair = Pair(self._leg(attempt_id, CUSTOMER), self._leg(attempt_id, AGENT))
        if len(pair.there) < 2 and not self.folder.is_dir():
            raise SpoolError(f"the spool folder {self.folder.name} is not there")
        return pair

    def facts(self, leg: Leg | None) -> LegFacts | None:
        """What the rules need of a leg; each call is a look at the watch."""
        if leg is None:
            return None
        size, modified_ns, since = self._seen.get(leg.path, (-1, -1, 0.0))
        if (size, modified_ns) != (leg.size, leg.modified_ns):
            since = self.clock()
            self._seen[leg.path] = (leg.size, leg.modified_ns, since)
        return LegFacts(leg.samples, leg.closed, self.clock() - since)

    def remove(self, pair: Pair) -> None:
        """Deletes a settled call's files. Raises SpoolError, deleting none, if one changed since it was read."""
        for leg in pair.there:
            now = leg.path.stat()
            if (now.st_size, now.st_mtime_ns) != (leg.size, leg.modified_ns):
                raise SpoolError(f"{leg.path.name} changed after it was sealed; it stays")
        for leg in pair.there:
            leg.path.unlink()
        self._forget(pair)

    def listing(self) -> Listing:
        """Every name in the folder. Raises SpoolError without a folder."""
        try:
            names = sorted(item.name for item in self.folder.iterdir())
        except FileNotFoundError:
            raise SpoolError(f"the spool folder {self.folder.name} is not there") from None
        names = [name for name in names if name != SELF_TESTS]
        calls = {name: call_of(name) for name in names}
        return Listing(frozenset(filter(None, calls.values())), tuple(n for n in names if calls[n] is None))

    def _leg(self, attempt_id: str, suffix: str) -> Leg | None:
        try:
            return inspect(self.folder / f"{attempt_id}{suffix}")
        except FileNotFoundError:
            return None

    def _forget(self, pair: Pair) -> None:
        for leg in pair.there:
            self._seen.pop(leg.path, None)


def call_of(name: str) -> str | None:
    """The attempt's id in a leg's file name; None = not a name of ours."""
    for suffix in (CUSTOMER, AGENT):
        if name.endswith(suffix) and is_attempt_id(name.removesuffix(suffix)):
            return name.removesuffix(suffix)
    return None


def lie_in(flac: Path, pair: Pair, sealed: Pcm) -> bool:
    """Whether a stored FLAC is what was sealed and every file still in the spool is wholly in it.

    One of the two files may be gone already: we were killed between the removals. Raises AudioError. Blocking.
    """
    legs = ((pair.agent, CHANNEL[AGENT]), (pair.customer, CHANNEL[CUSTOMER]))
    whole = decode_flac(flac) == sealed
    return whole and all(holds_leg(flac, leg, channel) for leg, channel in legs if leg is not None)
