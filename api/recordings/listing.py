"""The list of recordings as it is answered: what was asked for made into filters, and rows into answers."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import Select, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api import paging
from api.auth.sessions import Person
from api.auth.tables import users
from api.calls.rules import own_calls_only
from api.errors import Invalid, NotFound
from api.filters import moment_from, moment_to, number_matches
from api.recordings.schemas import AgentChoice, Choice, Choices, ListSearch, Recording, Recordings, Search
from api.recordings.search import Found, find, find_one
from api.recordings.search_rules import Filters, Reach, Status, TooFar, reach
from dialer.core.numbers import mask
from dialer.store.tables import campaigns
from recordings.completeness import day_bounds
from recordings.problem_rules import problems_of
from recordings.tables import recordings

CHOICES_MAX = 1000  # people, and campaigns, that a filter offers
REGIONS_MAX = 200
_FACTS = ("started_at", "status", "reason", "bytes", "rate", "channels", "repaired", "sealed_at", "region")
_WHO = ("campaign_id", "campaign_name", "agent_id", "agent_username", "agent_name")


async def list_recordings(connection: AsyncConnection, who: Person, asked: ListSearch, zone: ZoneInfo) -> Recordings:
    """One page of the settled calls that the person may hear, newest first. Raises Invalid."""
    own = who.id if own_calls_only(who.roles) else None
    filters, reached = understood(asked, own, zone, "query")
    last = None if asked.cursor is None else paging.decode(asked.cursor)
    found = await find(connection, filters, last, asked.limit + 1)
    more, found = len(found) > asked.limit, found[: asked.limit]
    following = paging.encode(found[-1].row.attempt_id) if more else None
    return Recordings(items=[recording(item, who) for item in found], next=following, since=reached.since)


def understood(asked: Search, own: str | None, zone: ZoneInfo, where: str) -> tuple[Filters, Reach]:
    """What is searched, and how far back. `own` is the only agent to see. Raises Invalid, its field below `where`."""
    if asked.phone is not None:
        number_matches(recordings.c.number, asked.phone, f"{where}.phone")
    if asked.min_s is not None and asked.max_s is not None and asked.min_s > asked.max_s:
        raise Invalid("bad_length", "The least length is above the most.", f"{where}.min_s")
    filters = Filters(
        own=own,
        agent=asked.agent,
        start=moment_from(asked.from_, zone, f"{where}.from") if asked.from_ else None,
        end=moment_to(asked.to, zone, f"{where}.to") if asked.to else None,
        phone=asked.phone,
        campaign_id=str(asked.campaign) if asked.campaign else None,
        region=asked.region,
        disposition=asked.disposition,
        min_s=asked.min_s,
        max_s=asked.max_s,
        problem=asked.problem,
        status=asked.status or (Status.PRESENT if asked.problem is None else None),
        reason=asked.reason,
    )
    reached = reach(filters, day_bounds(datetime.now(zone).date(), zone.key)[0])
    if isinstance(reached, TooFar):
        detail = f"These filters together look at {reached.days} days at most."
        raise Invalid("too_many_days", detail, f"{where}.from")
    return replace(filters, start=reached.start, end=reached.end), reached


async def get_recording(connection: AsyncConnection, who: Person, call_id: str) -> Recording:
    """One recording, or why there is none. Raises NotFound when it is unknown or not the person's to hear."""
    return recording(await find_own(connection, who, call_id), who)


async def find_own(connection: AsyncConnection, who: Person, call_id: str) -> Found:
    """The row of a recording that the person may hear. Raises NotFound."""
    found = await find_one(connection, call_id)
    if found is None or (own_calls_only(who.roles) and found.row.agent_id != who.id):
        raise NotFound("unknown_recording", "There is no recording with this id.")
    return found


async def choices(connection: AsyncConnection, who: Person) -> Choices:
    """What the list can be filtered by: people who have recordings, campaigns newest first, regions."""
    has_some = exists().where(recordings.c.agent_id == users.c.id)
    people = select(users.c.id, users.c.name, users.c.username).where(has_some).order_by(users.c.username)
    if own_calls_only(who.roles):
        people = people.where(users.c.id == who.id)
    work = select(campaigns.c.id, campaigns.c.name).order_by(campaigns.c.id.desc())
    agents = (await connection.execute(people.limit(CHOICES_MAX))).mappings()
    named = (await connection.execute(work.limit(CHOICES_MAX))).mappings()
    return Choices(
        agents=[AgentChoice(**row) for row in agents],
        campaigns=[Choice(**row) for row in named],
        regions=list((await connection.execute(_REGIONS)).scalars()),
    )


def recording(found: Found, who: Person) -> Recording:
    """The answer about one recording, its number as the person may see it."""
    row = found.row
    values = {name: row._mapping[name] for name in (*_WHO, *_FACTS)}
    return Recording(
        id=row.attempt_id,
        number=mask(row.number),
        sha256=row.sha256_pcm.hex() if row.sha256_pcm else None,
        duration_s=length_s(found),
        talk_s=_seconds(row.talk_s),
        difference_s=_seconds(row.difference_s),
        lost_s=_seconds(row.lost_s),
        disposition=found.disposition,
        problems=problems_of(row.status, row.reason, row.repaired, row.difference_s),
        incidents=list(found.incidents),
        **values,
    )


def length_s(found: Found) -> float | None:
    """Seconds recorded; None without a recording."""
    row = found.row
    return row.samples / row.rate if row.samples is not None and row.rate else None


def _seconds(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _all_regions() -> Select[tuple[str]]:
    """From one region to the next through the index: as many looks as there are regions, however many calls."""
    region = recordings.c.region
    first = select(region).where(region.is_not(None)).order_by(region).limit(1)
    steps = first.subquery().select().cte("steps", recursive=True)
    following = select(region).where(region > steps.c.region).order_by(region).limit(1).scalar_subquery()
    walk = steps.union_all(select(following).where(steps.c.region.is_not(None)))
    return select(walk.c.region).where(walk.c.region.is_not(None)).limit(REGIONS_MAX)


_REGIONS = _all_regions()
