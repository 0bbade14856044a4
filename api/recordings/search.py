"""Finding recordings: the conditions of a search, and its pages, newest first.

A page goes on below the last id given. Ids are made when a call is opened and rows are only added, so no row is
given twice, and every row that was there at the first page is given. A call settled while somebody pages is given
when its place is still to come; where that place was passed, asking anew from the top shows it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, Row, Select, Table, and_, cast, func, select, true, union
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.tables import users
from api.filters import agent_matches, number_matches
from api.recordings.search_rules import Filters, Trouble
from dialer.store.tables import attempts, campaigns, incidents
from recordings.problem_rules import Defect
from recordings.records import lowest_id
from recordings.sealed import with_key
from recordings.tables import HAS_PROBLEM, SHORT, recordings

SLACK = timedelta(hours=1)  # an id may be made a little after the moment kept in its row
AHEAD = timedelta(days=2)  # a clock may have run ahead; beyond it lie the empty partitions of months to come
_ID = recordings.c.attempt_id
_OPEN = and_(incidents.c.closed_at.is_(None), incidents.c.call_id.is_not(None))
_OF_KIND = {
    Defect.REPAIRED.value: recordings.c.repaired,
    Defect.SHORT.value: SHORT,
}


@dataclass(frozen=True)
class Found:
    """A recording's row with the names of its agent and campaign, and what other tables know of the call."""

    row: Row[Any]
    disposition: str | None
    incidents: tuple[str, ...]  # kinds of the open ones


async def find(connection: AsyncConnection, filters: Filters, last: str | None, limit: int) -> list[Found]:
    """The newest rows that the filters let through, below the id `last`; at most `limit`."""
    query = _listed(with_names(select(recordings)), filters, last, limit)
    return await _completed(connection, (await connection.execute(query)).all())


async def find_one(connection: AsyncConnection, call_id: str) -> Found | None:
    """One recording, with the key that opens it."""
    query = with_key(with_names(select(recordings))).where(recordings.c.attempt_id == call_id)
    found = await _completed(connection, (await connection.execute(query)).all())
    return found[0] if found else None


async def count(connection: AsyncConnection, filters: Filters, most: int) -> int:
    """How many rows the filters let through; `most` stands for more too."""
    ids = _listed(select(_ID), filters, None, most).subquery()
    return int((await connection.execute(select(func.count()).select_from(ids))).scalar_one())


def with_names(query: Select[Any], calls: Table = recordings) -> Select[Any]:
    """The query of a table of calls with the names of their agents and campaigns beside."""
    names = (users.c.username.label("agent_username"), users.c.name.label("agent_name"))
    return (
        query.add_columns(*names, campaigns.c.name.label("campaign_name"))
        .outerjoin(users, users.c.id == calls.c.agent_id)
        .outerjoin(campaigns, campaigns.c.id == calls.c.campaign_id)
    )


def _listed(query: Select[Any], filters: Filters, last: str | None, limit: int) -> Select[Any]:
    """The query of recordings narrowed to one stretch of the list."""
    if filters.problem not in (Trouble.ANY, Trouble.INCIDENT):
        return _top(_narrowed(query, filters, last), limit)
    ways = [_with_incident(filters, last, limit)]
    if filters.problem is Trouble.ANY:
        # two indexes, each read in order; an `or` of the two would be served by neither
        ways.append(_top(_narrowed(select(_ID), filters, last).where(HAS_PROBLEM), limit))
    ids = union(*(way.subquery().select() for way in ways))
    return _top(query.where(_ID.in_(ids)).where(*_between(_ID, filters, last)), limit)


def _with_incident(filters: Filters, last: str | None, limit: int) -> Select[Any]:
    """Ids of recordings whose call an open incident is about, found from the incidents on, the newest first.

    They are few, and the limit ends the search: from the recordings on, PostgreSQL would read the archive for them.
    """
    call_id = incidents.c.call_id
    about = select(call_id).where(_OPEN, *_between(call_id, filters, last)).distinct().order_by(call_id.desc())
    calls = about.subquery("calls")
    # the limit of one keeps it a look-up for each
    one = _narrowed(select(_ID), filters, last).where(calls.c.call_id == _ID).limit(1).lateral("one")
    found = select(one.c.attempt_id).select_from(calls.join(one, true()))
    return found.order_by(calls.c.call_id.desc()).limit(limit)


def _top(query: Select[Any], limit: int) -> Select[Any]:
    return query.order_by(_ID.desc()).limit(limit)


def _narrowed(query: Select[Any], filters: Filters, last: str | None) -> Select[Any]:
    query = query.where(*_between(_ID, filters, last), *_conditions(filters), *_kind(filters.problem))
    if filters.disposition is None:
        return query
    # PostgreSQL does not carry the bounds of one id over to the other, and would read every month's attempts
    same = attempts.c.id == _ID
    wanted = attempts.c.disposition == filters.disposition
    return query.join(attempts, same).where(wanted, *_between(attempts.c.id, filters, last))


def _between(column: Column[str], filters: Filters, last: str | None) -> list[ColumnElement[bool]]:
    """The bounds on the id: they spare the other months' partitions, and hold the page."""
    end = datetime.now(UTC) + AHEAD if filters.end is None else filters.end + SLACK
    bounds = [column < lowest_id(end)]
    if filters.start is not None:
        bounds.append(column >= lowest_id(filters.start))
    return bounds if last is None else [*bounds, column < last]


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    columns = recordings.c
    equal = {
        columns.agent_id: filters.own,
        columns.campaign_id: filters.campaign_id,
        columns.region: filters.region,
        columns.status: filters.status,
        columns.reason: filters.reason,
    }
    wanted: list[ColumnElement[bool]] = [column == value for column, value in equal.items() if value is not None]
    if filters.agent is not None:
        wanted.append(agent_matches(columns.agent_id, filters.agent))
    if filters.phone is not None:
        wanted.append(number_matches(columns.number, filters.phone, "query.phone"))
    return wanted + _stretch(filters)


def _stretch(filters: Filters) -> list[ColumnElement[bool]]:
    """When the call was opened, and how long the recording is."""
    columns, rate = recordings.c, cast(recordings.c.rate, BigInteger)
    wanted: list[ColumnElement[bool]] = []
    if filters.start is not None:
        wanted.append(columns.started_at >= filters.start)
    if filters.end is not None:
        wanted.append(columns.started_at < filters.end)
    if filters.min_s is not None:
        wanted.append(columns.samples >= rate * filters.min_s)
    if filters.max_s is not None:
        wanted.append(columns.samples <= rate * filters.max_s)
    return wanted


def _kind(problem: Trouble | None) -> list[ColumnElement[bool]]:
    if problem in (None, Trouble.ANY, Trouble.INCIDENT):
        return []
    return [HAS_PROBLEM, _OF_KIND.get(problem.value, recordings.c.reason == problem.value)]


async def _completed(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> list[Found]:
    """The rows with what else is known of their calls; by id, so that few partitions are looked at."""
    if not rows:
        return []
    ids = [row.attempt_id for row in rows]
    among = (attempts.c.id.in_(ids), attempts.c.id <= max(ids), attempts.c.id >= min(ids))
    calls = await connection.execute(select(attempts.c.id, attempts.c.disposition).where(*among))
    dispositions = {row.id: row.disposition for row in calls}
    kinds: defaultdict[str, list[str]] = defaultdict(list)
    query = select(incidents.c.call_id, incidents.c.kind).where(incidents.c.call_id.in_(ids), _OPEN)
    for row in await connection.execute(query.order_by(incidents.c.id)):
        kinds[row.call_id].append(row.kind)
    return [Found(row, dispositions.get(row.attempt_id), tuple(kinds[row.attempt_id])) for row in rows]
