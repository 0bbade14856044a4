"""Made-up months of dialing with every gate on: numbers of several people, clock steps, a store that goes away.

The dialer's part is `may_dial` on facts that are counted from what this storm itself kept. What was dialed is written
down plainly, with the world as it was made, for `gates_checker`, which knows nothing of the dialer.
"""

import random
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from dialer.core.compliance import LeadFacts, Rules, machine_gate, may_dial
from dialer.core.presets import CN, UK, US, Preset
from tests.unit.core.build import make_machine

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)  # before the clocks of Europe and America spring forward
LONGEST_STEP_S = 60
PEOPLE = 9000


@dataclass(frozen=True)
class Person:
    """A number as it was made."""

    number: str
    country: str
    zone: str  # where the person is
    told: str | None  # what the lead says of it
    consent: tuple[str | None, str | None, str | None]
    lists: tuple[bool, ...]  # of each of the country's two campaigns: whether the list is on


@dataclass(frozen=True)
class Dialed:
    """One call that the gates let pass; `order` counts them, for the clock may step back."""

    order: int
    number: str
    campaign: str
    at: datetime
    by_hand: bool
    caller_id: str


@dataclass
class Storm:
    """The world that was made, and what was dialed in it."""

    people: dict[str, Person] = field(default_factory=dict)
    dialed: list[Dialed] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    dnc: dict[str, int] = field(default_factory=dict)  # by which call the person refused all others
    dnc_of: dict[tuple[str, str], int] = field(default_factory=dict)  # and those of one campaign
    prefixes: tuple[str, ...] = ("+86170", "+120255501")
    abandoned: dict[str, list[tuple[int, datetime]]] = field(default_factory=lambda: defaultdict(list))
    away: list[tuple[datetime, datetime]] = field(default_factory=list)
    asked: int = 0


CAMPAIGNS: dict[str, tuple[Preset, str, tuple[time, time], str]] = {
    "cn-1": (CN, "Asia/Shanghai", (time.min, time.max), "10010"),
    "cn-2": (CN, "Asia/Shanghai", (time(10), time(20, 30)), "10010"),
    "us-1": (US, "America/New_York", (time.min, time.max), "10010"),
    "us-2": (US, "America/Chicago", (time(9), time(18)), "666"),  # a number that is not ours: never
    "uk-1": (UK, "Europe/London", (time.min, time.max), "10010"),
    "uk-2": (UK, "Europe/London", (time(0), time(2, 30)), "10010"),  # never inside the preset
}


def storm(seed: int, attempts: int) -> Storm:
    """So many attempts to dial, each asked of the gates; the same for the same seed."""
    chance, made = random.Random(seed), Storm()
    made.people = {person.number: person for person in _people(chance)}
    people, now = list(made.people.values()), BEGIN
    history: dict[str, list[datetime]] = defaultdict(list)
    for _ in range(attempts):
        now = _next(chance, now, made)
        made.asked += 1
        _ask(chance, made, history, chance.choice(people), now)
    return made


def _people(chance: random.Random) -> Iterator[Person]:
    ours = {"cn": ("Asia/Shanghai",), "us": US.zones, "uk": UK.zones}
    for n in range(PEOPLE):
        country = ("cn", "us", "uk")[n % 3]
        zone = chance.choice(ours[country])
        told = chance.choice([zone, None, "Mars/Olympus"])
        consent = tuple(chance.choice(["web", "web", "web", "web", None, ""]) for _ in range(3))
        lists = (chance.random() < 0.9, chance.random() < 0.9)
        yield Person(_number(chance, country, n), country, zone, told, consent, lists)  # type: ignore[arg-type]


def _number(chance: random.Random, country: str, n: int) -> str:
    if chance.random() < 0.1:
        bad = {"cn": "+86400800", "us": "+1900555", "uk": "+4490987"}
        return f"{bad[country]}{n:04d}" + ("9" if country == "uk" else "")
    if country == "cn":
        return f"+86{chance.choice(['138', '170'])}{n:08d}"
    return f"+1202{chance.choice(['555', '666'])}{n:04d}" if country == "us" else f"+447400{n:06d}"


def _next(chance: random.Random, now: datetime, made: Storm) -> datetime:
    """Time goes on, and now and then the clock steps; the store is away for some minutes of some days."""
    dice = chance.random()
    if dice < 0.0002:
        return now + timedelta(hours=chance.choice([-1, 1, 26]))
    if dice < 0.0004:
        made.away.append((now, now + timedelta(minutes=10)))
    return now + timedelta(seconds=chance.uniform(0, LONGEST_STEP_S))


def _ask(
    chance: random.Random, made: Storm, history: dict[str, list[datetime]], person: Person, now: datetime
) -> None:
    which = chance.randrange(2)
    campaign, by_hand = f"{person.country}-{which + 1}", chance.random() < 0.2
    is_away = any(begin <= now < end for begin, end in made.away[-3:])
    refusal = machine_gate(make_machine(store_up=not is_away))
    if refusal is None:
        facts = _facts(made, history, person, campaign, which, now)
        refusal = may_dial(facts, _rules(campaign, by_hand), now)
    if refusal is not None:
        made.refused[refusal.reason.value] += 1
        return
    call = Dialed(len(made.dialed), person.number, campaign, now, by_hand, CAMPAIGNS[campaign][3])
    made.dialed.append(call)
    history[person.number].append(now)
    history[person.number].sort()
    _what_came_of_it(chance, made, call)


def _what_came_of_it(chance: random.Random, made: Storm, call: Dialed) -> None:
    dice = chance.random()
    if dice < 0.02:
        made.dnc.setdefault(call.number, call.order)
    elif dice < 0.04:
        made.dnc_of.setdefault((call.number, call.campaign), call.order)
    elif dice < 0.3 and not call.by_hand:
        made.abandoned[call.number].append((call.order, call.at))


def _facts(
    made: Storm, history: dict[str, list[datetime]], person: Person, campaign: str, which: int, now: datetime
) -> LeadFacts:
    calls, number = history[person.number], person.number

    def since(days: int) -> int:
        return len(calls) - bisect_right(calls, now - timedelta(days=days))

    on_dnc = number in made.dnc or (number, campaign) in made.dnc_of or number.startswith(made.prefixes)
    return LeadFacts(
        number=number,
        on_dnc=on_dnc,
        consent_source=person.consent[0],
        consent_basis=person.consent[1],
        consent_proof=person.consent[2],
        attempts=len(calls),
        dialed_day=since(1),
        dialed_30_days=since(30),
        dialed_life=len(calls),
        abandoned_at=max((at for _order, at in made.abandoned[number]), default=None),
        zone=person.told,
        list_is_active=person.lists[which],
    )


def _rules(campaign: str, by_hand: bool) -> Rules:
    preset, zone, (opens_at, closes_at), caller_id = CAMPAIGNS[campaign]
    return Rules(
        zone=zone,
        opens_at=opens_at,
        closes_at=closes_at,
        max_attempts=50,
        caller_id=caller_id,
        allowed_caller_ids=frozenset({"10010"}),
        per_day=1,
        per_30_days=3,
        per_life=12,
        preset=preset,
        by_hand=by_hand,
    )
