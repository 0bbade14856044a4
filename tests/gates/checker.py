"""An independent judge of what was dialed, written from the rules alone: nothing of the dialer is imported.

It goes over the calls one after the other in its own arithmetic (minutes of the local day, counts by a second look
at all earlier calls) and names every call that should not have been.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

# by the clock of the called place, in seconds of the day
LAWFUL = {
    "cn": ((9 * 3600, 12 * 3600), (14 * 3600, 21 * 3600)),
    "us": ((8 * 3600, 21 * 3600),),
    "uk": ((9 * 3600, 20 * 3600),),
}
OWN = {"cn-2": (10 * 3600, 73_800), "us-2": (9 * 3600, 18 * 3600), "uk-2": (0, 9000)}
PREMIUM = ("+86400", "+86800", "+1900", "+449", "+4470", "+4476")
ALLOWED_CALLER_IDS = ("10010",)
PER_DAY, PER_30_DAYS, PER_LIFE, REST = 1, 3, 12, timedelta(hours=72)


class Call(Protocol):
    """A call as it was written down; `order` counts them, for the clock may step back."""

    @property
    def order(self) -> int: ...
    @property
    def number(self) -> str: ...
    @property
    def campaign(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def by_hand(self) -> bool: ...
    @property
    def caller_id(self) -> str: ...


def violations(world: Any, calls: Iterable[Call]) -> Iterator[tuple[str, Call]]:
    """Each rule that a call broke, with the call."""
    before: dict[str, list[datetime]] = defaultdict(list)
    for call in calls:
        found = [*_about_the_person(world, call), *_about_do_not_call(world, call), *_about_the_time(world, call)]
        found += [*_about_the_count(before[call.number], call.at), *_about_the_abandoned(world, call)]
        yield from ((rule, call) for rule in found)
        before[call.number].append(call.at)


def _about_the_person(world: Any, call: Call) -> Iterator[str]:
    person = world.people[call.number]
    if not (person.consent[0] and person.consent[1] and person.consent[2]):
        yield "without consent"
    if call.number.startswith(PREMIUM):
        yield "a number that may not be dialed"
    if call.caller_id not in ALLOWED_CALLER_IDS:
        yield "a caller number that is not ours"
    if not person.lists[int(call.campaign[-1]) - 1]:
        yield "a list that is off"


def _about_do_not_call(world: Any, call: Call) -> Iterator[str]:
    refused = (world.dnc.get(call.number), world.dnc_of.get((call.number, call.campaign)))
    if call.number.startswith(tuple(world.prefixes)) or any(at is not None and at < call.order for at in refused):
        yield "on the do-not-call list"


def _about_the_time(world: Any, call: Call) -> Iterator[str]:
    """Judged where the person really is, whatever the lead said of it."""
    person = world.people[call.number]
    clock = call.at.astimezone(ZoneInfo(person.zone))
    second = clock.hour * 3600 + clock.minute * 60 + clock.second
    if not any(first <= second < last for first, last in LAWFUL[person.country]):
        yield "outside the hours of the place"
    if call.campaign in OWN and not OWN[call.campaign][0] <= second < OWN[call.campaign][1]:
        yield "outside the campaign's window"


def _about_the_count(before: list[datetime], at: datetime) -> Iterator[str]:
    if sum(at - earlier < timedelta(days=1) for earlier in before) >= PER_DAY:
        yield "over the cap of a day"
    if sum(at - earlier < timedelta(days=30) for earlier in before) >= PER_30_DAYS:
        yield "over the cap of 30 days"
    if len(before) >= PER_LIFE:
        yield "over the cap of a life"


def _about_the_abandoned(world: Any, call: Call) -> Iterator[str]:
    left = [at for order, at in world.abandoned[call.number] if order < call.order]
    if not call.by_hand and any(call.at - at < REST for at in left):
        yield "by machine within 72 hours of an abandoned call"
