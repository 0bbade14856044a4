"""Recordings: found by row, read from storage in bounded pieces, verified by decoding them again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Table, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.auth.sessions import Person
from api.auth.tables import users
from api.calls.rules import own_calls_only
from api.errors import Conflict, NotFound, StorageAway
from api.filters import agent_matches, number_matches
from api.masking import shown
from api.paging import page_of
from api.recordings.rules import why_open
from api.recordings.schemas import AgentChoice, Choice, Choices, OpenCall, Peaks, Recording, Status, Verification
from dialer.core.incidents import IncidentKind
from dialer.store.tables import attempts, campaigns
from recordings.alarms import raise_alarm
from recordings.completeness import open_calls
from recordings.errors import AudioError, KeyMissingError, MissingObjectError, StorageError
from recordings.records import lowest_id
from recordings.sealed import Sealed, sealed_of, with_key
from recordings.tables import recordings
from recordings.vault import Vault

MISSING = "The audio is not in the store; tell QA: it was sealed."
AWAY = "The store of recordings does not answer; try again shortly."
SLACK = timedelta(hours=1)  # an id may be made a little after the moment kept in its row
CHOICES_MAX = 1000  # people, and campaigns, that a filter offers
_FACTS = ("started_at", "status", "reason", "bytes", "rate", "channels", "repaired", "sealed_at")
_WHO = ("campaign_id", "campaign_name", "agent_id", "agent_username", "agent_name")


@dataclass(frozen=True)
class Filters:
    """What to list; None = all. `start` <= started_at < `end`."""

    agent: str | None
    start: datetime | None
    end: datetime | None
    phone: str | None
    campaign_id: str | None


@dataclass(frozen=True)
class Outcome:
    """What the listed calls came to; reason None = any."""

    status: Status
    reason: str | None


@dataclass(frozen=True)
class Audio:
    """A recording with its audio, and whose call it was."""

    sealed: Sealed
    agent_id: str | None
    duration_s: float

    @property
    def id(self) -> str:
        """The call's id."""
        return self.sealed.call

    @property
    def etag(self) -> str:
        """As HTTP has it: of the sealed samples."""
        return f'"{self.sealed.pcm.sha256.hex()}"'


async def list_recordings(
    connection: AsyncConnection, who: Person, filters: Filters, outcome: Outcome, cursor: str | None, limit: int
) -> tuple[list[Recording], str | None]:
    """One page of the settled calls that the person may hear, newest first. Raises Invalid."""
    query = _with_names(select(recordings), recordings).where(*_conditions(filters))
    query = query.where(recordings.c.status == outcome.status.value)
    if outcome.reason is not None:
        query = query.where(recordings.c.reason == outcome.reason)
    if own_calls_only(who.roles):
        query = query.where(recordings.c.agent_id == who.id)
    rows, following = await page_of(connection, query, recordings.c.attempt_id, cursor, limit)
    return [_recording(row, who) for row in rows], following


async def choices(connection: AsyncConnection, who: Person) -> Choices:
    """What the list can be filtered by: the people who have recordings, and the campaigns, newest first."""
    has_some = exists().where(recordings.c.agent_id == users.c.id)
    people = select(users.c.id, users.c.name, users.c.username).where(has_some).order_by(users.c.username)
    if own_calls_only(who.roles):
        people = people.where(users.c.id == who.id)
    work = select(campaigns.c.id, campaigns.c.name).order_by(campaigns.c.id.desc())
    agents = (await connection.execute(people.limit(CHOICES_MAX))).mappings()
    named = (await connection.execute(work.limit(CHOICES_MAX))).mappings()
    return Choices(agents=[AgentChoice(**row) for row in agents], campaigns=[Choice(**row) for row in named])


async def list_open(
    connection: AsyncConnection, who: Person, start: datetime, end: datetime, cursor: str | None, limit: int
) -> tuple[list[OpenCall], str | None]:
    """One page of the calls opened in [start, end) that are not settled, newest first. Raises Invalid."""
    now = datetime.now(UTC)
    query = _with_names(open_calls(start, end), attempts)
    rows, following = await page_of(connection, query, attempts.c.id, cursor, limit)
    return [_open_call(row, who, now) for row in rows], following


async def get_recording(connection: AsyncConnection, who: Person, call_id: str) -> Recording:
    """One recording, or why there is none. Raises NotFound when it is unknown or not the person's to hear."""
    return _recording(await _find(connection, who, call_id), who)


async def find_audio(connection: AsyncConnection, who: Person, call_id: str) -> Audio:
    """Where the bytes are. Raises NotFound also when the call was not recorded, with the reason."""
    row = await _find(connection, who, call_id)
    sealed = sealed_of(row)
    if sealed is None:
        raise NotFound("no_audio", f"There is no audio of this call: {row.reason or 'not stored'}.")
    return Audio(sealed, row.agent_id, _duration_s(row) or 0.0)


async def peaks(vault: Vault, engine: AsyncEngine, sealed: Sealed, points: int) -> Peaks:
    """The audio's shape. Raises NotFound, Conflict when it is not what was sealed, StorageAway."""
    async with faults(engine, sealed):
        found = await vault.peaks(sealed, points)
    return Peaks(
        id=sealed.call,
        rate=found.rate,
        duration_s=found.samples / found.rate,
        points=len(found.agent),
        agent=found.agent,
        customer=found.customer,
    )


async def first_piece(engine: AsyncEngine, sealed: Sealed, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same pieces, the first of them read already: whoever begins to answer knows that there is audio.

    What is wrong further on is an incident, and ends the answer short: never a wrong byte.
    """
    first = await anext(pieces, b"")

    async def all_of_them() -> AsyncIterator[bytes]:
        yield first
        async with faults(engine, sealed):
            async for piece in pieces:
                yield piece

    return all_of_them()


async def verify(vault: Vault, engine: AsyncEngine, sealed: Sealed) -> Verification:
    """Decodes the stored audio and compares its hash with the sealed one. Raises StorageAway, Conflict."""
    try:
        async with faults(engine, sealed):
            found = (await vault.pcm(sealed)).sha256
    except NotFound:
        return _verdict(sealed, None, "The audio is not in the store.")
    except Conflict as error:
        return _verdict(sealed, None, error.detail)
    same = found == sealed.pcm.sha256
    return _verdict(sealed, found, "The stored audio is as sealed." if same else "The stored audio was changed.")


@asynccontextmanager
async def faults(engine: AsyncEngine, sealed: Sealed) -> AsyncIterator[None]:
    """What the vault raises inside, as an answer; what it says of the promise is an incident too."""
    try:
        yield
    except MissingObjectError as error:
        await raise_alarm(engine, IncidentKind.AUDIO_MISSING, sealed.call, MISSING)
        raise NotFound("audio_missing", MISSING) from error
    except KeyMissingError as error:
        await raise_alarm(engine, IncidentKind.KEY_MISSING, sealed.call, str(error))
        raise Conflict("key_missing", f"This recording cannot be opened: {error}.") from error
    except AudioError as error:
        await raise_alarm(engine, IncidentKind.AUDIO_DIFFERS, sealed.call, str(error))
        raise Conflict("audio_broken", "The stored audio is not what was sealed; tell QA.") from error
    except StorageError as error:
        raise StorageAway(AWAY) from error


async def _find(connection: AsyncConnection, who: Person, call_id: str) -> Row[Any]:
    row = (
        await connection.execute(
            with_key(_with_names(select(recordings), recordings)).where(recordings.c.attempt_id == call_id)
        )
    ).first()
    if row is None or (own_calls_only(who.roles) and row.agent_id != who.id):
        raise NotFound("unknown_recording", "There is no recording with this id.")
    found: Row[Any] = row
    return found


def _with_names(query: Select[Any], table: Table) -> Select[Any]:
    """The query of a table with the names of its agent and campaign beside."""
    names = (users.c.username.label("agent_username"), users.c.name.label("agent_name"))
    return (
        query.add_columns(*names, campaigns.c.name.label("campaign_name"))
        .outerjoin(users, users.c.id == table.c.agent_id)
        .outerjoin(campaigns, campaigns.c.id == table.c.campaign_id)
    )


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    columns = recordings.c
    wanted: list[ColumnElement[bool]] = []
    if filters.agent is not None:
        wanted.append(agent_matches(columns.agent_id, filters.agent))
    if filters.phone is not None:
        wanted.append(number_matches(columns.number, filters.phone, "query.phone"))
    if filters.campaign_id is not None:
        wanted.append(columns.campaign_id == filters.campaign_id)
    # the bounds on the id only spare the other months' partitions
    if filters.start is not None:
        wanted += [columns.started_at >= filters.start, columns.attempt_id >= lowest_id(filters.start)]
    if filters.end is not None:
        wanted += [columns.started_at < filters.end, columns.attempt_id < lowest_id(filters.end + SLACK)]
    return wanted


def _recording(row: Row[Any], who: Person) -> Recording:
    values = {name: row._mapping[name] for name in (*_WHO, *_FACTS)}
    return Recording(
        id=row.attempt_id,
        number=shown(row.number, who.roles),
        sha256=row.sha256_pcm.hex() if row.sha256_pcm else None,
        duration_s=_duration_s(row),
        talk_s=_seconds(row.talk_s),
        difference_s=_seconds(row.difference_s),
        **values,
    )


def _open_call(row: Row[Any], who: Person, now: datetime) -> OpenCall:
    same = ("id", "campaign_id", "campaign_name", "agent_id", "agent_name", "opened_at", "answered_at", "ended_at")
    values = {name: row._mapping[name] for name in same}
    return OpenCall(number=shown(row.number, who.roles), why=why_open(row.ended_at, now), **values)


def _duration_s(row: Row[Any]) -> float | None:
    return row.samples / row.rate if row.samples is not None and row.rate else None


def _seconds(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _verdict(sealed: Sealed, found: bytes | None, detail: str) -> Verification:
    expected = sealed.pcm.sha256
    return Verification(
        id=sealed.call,
        intact=found == expected,
        expected_sha256=expected.hex(),
        found_sha256=found.hex() if found else None,
        detail=detail,
    )
