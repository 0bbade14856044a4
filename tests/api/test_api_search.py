"""The search of recordings: filters, alone and together, against naive ones in Python; pages while others write."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.auth.roles import Role
from api.ids import new_id
from api.recordings.search import count, find
from api.recordings.search_rules import DAYS_MAX, Filters, Reach, Status, TooFar, Trouble, reach
from dialer.core.incidents import Incident, IncidentKind
from dialer.store.database import make_engine
from dialer.store.incidents import close_incident, open_incident
from dialer.store.tables import attempts, incidents
from recordings.problem_rules import Defect, problems_of
from recordings.tables import HAS_PROBLEM, recordings
from tests.api.office import V1, Office, Someone, assert_problem
from tests.conftest import EMPTY_ALL, Postgres

URL = f"{V1}/recordings"
There = tuple[asyncio.Runner, AsyncEngine, list["Kept"]]
NOW = datetime.now(UTC).replace(microsecond=0) + timedelta(
    hours=20
)  # on the first of a month, the month before has no place
AGENTS, CAMPAIGNS = [new_id() for _ in range(3)], [new_id() for _ in range(3)]
REGIONS = ("广东", "浙江")
NUMBERS = ("+8613812341234", "+8613912341234", "+8613900001111")
REASONS = {
    "present": (None, None, None, "no_media", "agent_leg_missing", "customer_leg_missing"),
    "absent": ("busy", "recorder_failed"),
}
RATE = 8000


@dataclass(frozen=True)
class Kept:
    """A recording as it was put in: what the naive filter looks at."""

    id: str
    agent: str | None
    campaign: str
    region: str | None
    number: str
    started_at: datetime
    status: str
    reason: str | None
    seconds: int | None
    difference_s: Decimal | None
    repaired: bool
    disposition: str | None
    has_incident: bool

    @property
    def problems(self) -> list[Defect]:
        return problems_of(self.status, self.reason, self.repaired, self.difference_s)


def id_of(moment: datetime, chance: random.Random) -> str:
    digits = f"{int(moment.timestamp() * 1000):012x}7{chance.getrandbits(12):03x}8{chance.getrandbits(60):015x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def some(chance: random.Random) -> Kept:
    at = NOW - timedelta(seconds=chance.randrange(20 * 3600))
    status = chance.choice(("present", "present", "absent"))
    has_audio = status == "present"
    return Kept(
        id_of(at, chance),
        chance.choice((*AGENTS, None)),
        chance.choice(CAMPAIGNS),
        chance.choice((*REGIONS, None)),
        chance.choice(NUMBERS),
        at,
        status,
        chance.choice(REASONS[status]),
        chance.randrange(6) if has_audio else None,
        Decimal(chance.choice(("-1.5", "-1.000", "0.2", "4"))) if has_audio else None,
        chance.random() < 0.1,
        chance.choice((None, "sale", "refused")),
        chance.random() < 0.1,
    )


def row_of(kept: Kept) -> dict[str, Any]:
    samples = None if kept.seconds is None else kept.seconds * RATE
    return {
        "attempt_id": kept.id,
        "campaign_id": kept.campaign,
        "agent_id": kept.agent,
        "number": kept.number,
        "started_at": kept.started_at,
        "status": kept.status,
        "reason": kept.reason,
        "samples": samples,
        "rate": RATE,
        "difference_s": kept.difference_s,
        "repaired": kept.repaired,
        "region": kept.region,
        "sealed_at": NOW,
    }


def call_of(kept: Kept) -> dict[str, Any]:
    same = {"id": kept.id, "campaign_id": kept.campaign, "number": kept.number, "opened_at": kept.started_at}
    return same | {"mode": "m", "trunk": "t", "node": "n", "token": 1, "disposition": kept.disposition}


async def keep(engine: AsyncEngine, kept: list[Kept]) -> None:
    async with engine.begin() as connection:
        await connection.execute(insert(recordings), [row_of(one) for one in kept])
        await connection.execute(insert(attempts), [call_of(one) for one in kept])
        for one in kept:
            if one.has_incident:
                found = Incident(IncidentKind.ONE_SIDED, one.id, NOW, "x", one.id)
                await open_incident(connection, found)


def lets_through(filters: Filters, one: Kept) -> bool:
    """The filter as a person would say it."""
    checks = (
        filters.own in (None, one.agent),
        filters.agent in (None, one.agent),
        filters.campaign_id in (None, one.campaign),
        filters.region in (None, one.region),
        filters.phone is None or one.number.endswith(filters.phone),
        filters.start is None or one.started_at >= filters.start,
        filters.end is None or one.started_at < filters.end,
        filters.status in (None, one.status),
        filters.reason in (None, one.reason),
        filters.disposition in (None, one.disposition),
        filters.min_s is None or (one.seconds is not None and one.seconds >= filters.min_s),
        filters.max_s is None or (one.seconds is not None and one.seconds <= filters.max_s),
        has(filters.problem, one),
    )
    return all(checks)


def has(problem: Trouble | None, one: Kept) -> bool:
    if problem is None:
        return True
    if problem is Trouble.INCIDENT:
        return one.has_incident
    if problem is Trouble.ANY:
        return one.has_incident or bool(one.problems)
    return problem.value in one.problems


def maybe(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from((None, None, *values))


MOMENTS = [NOW - timedelta(hours=hours) for hours in (0, 5, 10, 19)]
FILTERS = st.builds(
    Filters,
    own=maybe(AGENTS[0]),
    agent=maybe(*AGENTS, new_id()),
    start=maybe(*MOMENTS),
    end=maybe(*MOMENTS),
    phone=maybe("1234", "13900001111"),
    campaign_id=maybe(*CAMPAIGNS),
    region=maybe(*REGIONS, "x"),
    disposition=maybe("sale", "dnc"),
    min_s=maybe(0, 2),
    max_s=maybe(3),
    problem=maybe(*Trouble),
    status=maybe(*Status),
    reason=maybe("no_media", "busy"),
)
VALUES: dict[str, Any] = {
    "own": AGENTS[:1],
    "agent": AGENTS[:1],
    "start": MOMENTS[1:],
    "end": MOMENTS[:3],
    "phone": ["1234", "13812341234"],
    "campaign_id": CAMPAIGNS[:1],
    "region": REGIONS,
    "disposition": ["sale"],
    "min_s": [3],
    "max_s": [3],
    "problem": list(Trouble),
    "status": list(Status),
    "reason": ["no_media"],
}
ALONE = [(name, value) for name, values in VALUES.items() for value in values]


@pytest.fixture(scope="module")
def there(postgres: Postgres) -> Iterator[There]:
    """Hundreds of recordings of a day, and a loop to ask for them in."""
    chance = random.Random(20261125)
    kept = sorted((some(chance) for _ in range(400)), key=lambda one: one.id, reverse=True)
    with asyncio.Runner() as runner:
        owner, engine = make_engine(postgres.owner_url, pool_size=1), make_engine(postgres.url)
        runner.run(empty(owner))
        runner.run(keep(engine, kept))
        yield runner, engine, kept
        runner.run(empty(owner))
        runner.run(engine.dispose())
        runner.run(owner.dispose())


async def empty(owner: AsyncEngine) -> None:
    async with owner.begin() as connection:
        await connection.execute(text(EMPTY_ALL))
        await connection.execute(text("update ledger_head set seq = 0, hash = decode(repeat('00', 32), 'hex')"))


async def walk(engine: AsyncEngine, filters: Filters, size: int) -> list[str]:
    """All pages, one after the other."""
    seen: list[str] = []
    async with engine.connect() as connection:
        while found := await find(connection, filters, seen[-1] if seen else None, size):
            assert len(found) <= size
            seen += [item.row.attempt_id for item in found]
        assert await count(connection, filters, 1000) == len(seen)
        assert await count(connection, filters, 7) == min(7, len(seen))
    return seen


@pytest.mark.database
@pytest.mark.parametrize(("name", "value"), ALONE)
def test_each_filter_alone(there: There, name: str, value: Any) -> None:
    runner, engine, kept = there
    filters = Filters(**{name: value})
    wanted = [one.id for one in kept if lets_through(filters, one)]
    assert wanted and runner.run(walk(engine, filters, 50)) == wanted


@pytest.mark.database
def test_filters_together(there: There) -> None:
    runner, engine, kept = there

    @settings(max_examples=200, deadline=None)
    @given(filters=FILTERS, size=st.sampled_from((1, 7, 200)))
    def holds(filters: Filters, size: int) -> None:
        assert runner.run(walk(engine, filters, size)) == [one.id for one in kept if lets_through(filters, one)]

    holds()


@pytest.mark.database
def test_the_index_of_problems_means_what_the_rule_means(
    there: There,
) -> None:
    runner, engine, kept = there

    async def ask() -> set[str]:
        async with engine.connect() as connection:
            return set(
                await connection.scalars(
                    recordings.select().with_only_columns(recordings.c.attempt_id).where(HAS_PROBLEM)
                )
            )

    assert runner.run(ask()) == {one.id for one in kept if one.problems}


# -- how far back ----------------------------------------------------------------------------------------------------

TODAY = NOW.replace(hour=0, minute=0, second=0)
FIRST = datetime(2024, 1, 1, tzinfo=UTC)


@given(filters=FILTERS)
def test_a_search_is_served_by_an_index_or_looks_at_a_quarter(filters: Filters) -> None:
    filters = replace(filters, start=None, end=None)
    found = reach(filters, TODAY)
    assert isinstance(found, Reach)
    selective = [filters.own or filters.agent, filters.campaign_id, filters.region]
    if found.start is None:
        assert filters.phone or len([one for one in selective if one]) <= 1
        assert filters.phone or not (filters.min_s or filters.max_s or filters.reason or filters.disposition)
    else:
        assert found.since == found.start == TODAY + timedelta(days=1 - DAYS_MAX)
    far = reach(replace(filters, start=FIRST), TODAY)
    assert far == (Reach(FIRST, None) if found.start is None else TooFar())


def test_days_that_are_given_hold() -> None:
    some_days = Filters(min_s=3, start=FIRST, end=FIRST + timedelta(days=DAYS_MAX))
    assert reach(some_days, TODAY) == Reach(some_days.start, some_days.end)
    assert reach(replace(some_days, start=None), TODAY) == Reach(FIRST, some_days.end, FIRST)
    assert isinstance(reach(replace(some_days, end=FIRST + timedelta(days=DAYS_MAX + 1)), TODAY), TooFar)
    coming = Filters(min_s=3, start=TODAY + timedelta(days=30))
    assert reach(coming, TODAY) == Reach(coming.start, None)


# -- over HTTP -------------------------------------------------------------------------------------------------------


async def asked(office: Office, who: Someone, **query: Any) -> dict[str, Any]:
    response = await office.http.get(URL, params=query, headers=who.headers)
    assert response.status_code == 200, response.text
    told: dict[str, Any] = response.json()
    return told


async def test_a_row_says_where_what_came_of_it_and_what_is_wrong(office: Office) -> None:
    who = await office.someone(Role.QA_SUPERVISOR)
    call = await office.call(disposition="sale")
    await office.recording(attempt_id=call, region="广东", reason="no_media", difference_s=Decimal("-3"))
    async with office.engine.begin() as connection:
        await open_incident(connection, Incident(IncidentKind.SILENT, call, NOW, "x", call))
    item = (await asked(office, who))["items"][0]
    assert (item["region"], item["disposition"]) == ("广东", "sale")
    assert item["problems"] == ["no_media", "short"] and item["incidents"] == ["silent"]
    assert (await office.http.get(f"{URL}/{call}", headers=who.headers)).json() == item
    assert [i["id"] for i in (await asked(office, who, problem="incident"))["items"]] == [call]
    async with office.engine.begin() as connection:
        await close_incident(connection, (await office.rows(incidents))[0].id, NOW, "looked at")
    assert (await asked(office, who, problem="incident"))["items"] == []


async def test_a_disposition_that_comes_after_the_seal_is_found(office: Office) -> None:
    who = await office.someone(Role.QA_SUPERVISOR)
    call = await office.call()
    await office.recording(attempt_id=call)
    assert (await asked(office, who, disposition="sale"))["items"] == []
    async with office.engine.begin() as connection:
        await connection.execute(attempts.update().where(attempts.c.id == call).values(disposition="sale"))
    assert [item["id"] for item in (await asked(office, who, disposition="sale"))["items"]] == [call]


async def test_the_answer_says_how_far_back_it_looked(office: Office) -> None:
    who = await office.someone(Role.QA_SUPERVISOR)
    old = NOW - timedelta(hours=1)
    call = await office.recording(started_at=old)
    assert (await asked(office, who))["since"] is None
    told = await asked(office, who, min_s=0, region="x")
    assert datetime.fromisoformat(told["since"]) < NOW - timedelta(days=DAYS_MAX - 2)
    far = {"from": "2025-01-01", "to": (NOW + timedelta(days=2)).date().isoformat()}
    assert [item["id"] for item in (await asked(office, who, **far))["items"]] == [call]
    response = await office.http.get(URL, params=far | {"min_s": "5"}, headers=who.headers)
    problem = assert_problem(response, 422, "too_many_days")
    assert problem["errors"][0]["field"] == "query.from" and "92 days" in problem["detail"]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"min_s": "9", "max_s": "8"}, "bad_length"),
        ({"min_s": "-1"}, "invalid_request"),
        ({"max_s": "86401"}, "invalid_request"),
        ({"disposition": "So ld"}, "invalid_request"),
        ({"problem": "x"}, "invalid_request"),
        ({"region": " "}, "invalid_request"),
        ({"qa_state": "open"}, "invalid_request"),  # a filter that we do not have widens no list in silence
    ],
)
async def test_filters_that_cannot_be(office: Office, query: dict[str, str], reason: str) -> None:
    who = await office.someone(Role.QA_SUPERVISOR)
    body = assert_problem(await office.http.get(URL, params=query, headers=who.headers), 422, reason)
    assert body["errors"][0]["field"] == f"query.{next(iter(query))}"


async def test_the_regions_that_can_be_looked_for(office: Office) -> None:
    who = await office.someone(Role.QA_SUPERVISOR)
    for region in ("浙江", "广东", None, "广东"):
        await office.recording(region=region)
    told = (await office.http.get(f"{URL}/choices", headers=who.headers)).json()
    assert told["regions"] == sorted(["广东", "浙江"])


async def pages(office: Office, who: Someone, **query: Any) -> AsyncIterator[list[str]]:
    """One page of ids after the other."""
    cursor: dict[str, str] = {}
    while True:
        told = await asked(office, who, **query, **cursor)
        yield [item["id"] for item in told["items"]]
        if told["next"] is None:
            return
        cursor = {"cursor": told["next"]}


async def test_what_is_settled_late_is_given_once_where_it_belongs(office: Office) -> None:
    """Below the page: with the pages to come. Above it: when the list is asked for anew."""
    who = await office.someone(Role.QA_SUPERVISOR)
    chance = random.Random(7)
    ids = [id_of(NOW - timedelta(seconds=second), chance) for second in range(60)]  # newest first
    there, late = ids[::2], ids[1::2]
    for one in there:
        await office.recording(attempt_id=one)
    seen: list[str] = []
    above, below = set[str](), set[str]()
    async for page in pages(office, who, limit=6):
        seen += page
        for one in chance.sample(late, min(4, len(late))):
            late.remove(one)
            (above if one > seen[-1] else below).add(await office.recording(attempt_id=one))
    assert above and below and len(seen) == len(set(seen)) and seen == sorted(seen, reverse=True)
    assert set(seen) == set(there) | below - {one for one in below if one < seen[-1]}
    anew = [one async for page in pages(office, who, limit=7) for one in page]
    assert anew == sorted(set(there) | above | below, reverse=True)


async def test_pages_while_many_write(office: Office) -> None:
    """Each walk holds all that was there when it began, each once, in order, whatever is settled meanwhile."""
    who = await office.someone(Role.QA_SUPERVISOR)
    chance = random.Random(8)
    ids = [id_of(NOW - timedelta(seconds=second), chance) for second in range(200)]
    there, late = ids[::2], chance.sample(ids[1::2], 100)
    for one in there:
        await office.recording(attempt_id=one, reason="no_media")

    async def settle(some: list[str]) -> None:
        for one in some:
            await office.recording(attempt_id=one, repaired=True)

    async def walk_on(**query: str) -> None:
        seen = [one async for page in pages(office, who, limit=9, **query) for one in page]
        assert seen == sorted(set(seen), reverse=True) and set(there) <= set(seen)

    walks = [walk_on(), walk_on(problem="any"), walk_on(phone="1234")]
    await asyncio.gather(settle(late[:50]), settle(late[50:]), *walks)
    assert [one async for page in pages(office, who, limit=200) for one in page] == sorted(ids, reverse=True)
