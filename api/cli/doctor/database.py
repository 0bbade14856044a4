"""PostgreSQL: does it answer, is it ours and up to date, what may the application do there, what time has it."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from api.cli.doctor.finding import START_IT, Finding, hidden, ill, well
from api.cli.probes import application_url
from dialer.account import service_user
from dialer.machine import Paths
from dialer.settings import Settings
from dialer.store.database import make_engine
from dialer.store.migrate import revisions
from dialer.store.tables import agent_sessions, leases, ledger, nodes
from recordings.errors import KeyMissingError
from recordings.keys import keyring_of
from recordings.tables import recording_keys as sealed_with

STATEMENT_S, LOOK_S = 3.0, 7.0
CLOCK_S = 1.0
NO_DATABASE = "3D000"
NO_ENTRY = "28"  # a class of SQLSTATEs
MUST = {
    "ledger": ("SELECT", "INSERT"),
    "attempts": ("SELECT", "INSERT", "UPDATE"),
    "recordings": ("SELECT", "INSERT"),
}
MUST_NOT = {"ledger": ("UPDATE", "DELETE", "TRUNCATE"), "attempts": ("DELETE", "TRUNCATE")}


@dataclass(frozen=True)
class Beat:
    """A process's last heartbeat."""

    age_s: float
    health: Mapping[str, Any]


@dataclass(frozen=True)
class Lease:
    """Who runs the node, and for how many seconds more; negative = expired."""

    holder: str
    left_s: float


@dataclass
class Facts:
    """What the database says; `why` and `todo` are set when it does not answer, `schema` None when it is empty."""

    why: str = ""
    todo: str = ""
    clock: datetime | None = None
    asked_at: datetime | None = None  # this machine's time when the database told its own
    schema: str | None = None
    is_own_role: bool = False  # asked as the application's own role
    rights: dict[tuple[str, str], bool] = field(default_factory=dict)
    newest: datetime | None = None
    beats: dict[str, Beat] = field(default_factory=dict)
    lease: Lease | None = None
    phones: set[str] = field(default_factory=set)  # extensions whose agents are at work
    key_ids: set[str] = field(default_factory=set)  # of the keys that wrap the recordings' own

    @property
    def is_usable(self) -> bool:
        """Whether it answers and has our tables as we know them."""
        return not self.why and self.schema == revisions()[0]


def look(settings: Settings) -> Facts:
    """Asks for everything at once, within LOOK_S. Never raises for what it finds."""
    facts = Facts()
    try:
        asyncio.run(_look(settings, facts))
    except (OSError, SQLAlchemyError, TimeoutError, ValueError) as error:
        facts.why, facts.todo = _explain(error, settings)
    return facts


def examine(facts: Facts, settings: Settings, paths: Paths, now: datetime) -> Iterator[Finding]:
    """The findings of it."""
    if facts.why:
        yield ill("postgres", facts.why, facts.todo)
    else:
        yield well("postgres", "answers")
    yield hidden("schema") if facts.why else schema(facts, settings)
    yield rights(facts) if facts.is_usable else hidden("rights")
    yield clock(facts.clock, facts.newest, facts.asked_at or now)
    yield lease(facts, settings) if facts.is_usable else hidden("lease")
    yield dialer(facts, settings, paths) if facts.is_usable else hidden("dialer")
    yield worker(facts, settings, paths) if facts.is_usable else hidden("worker")
    yield recording_keys(facts, paths) if facts.is_usable else hidden("recording keys")


def schema(facts: Facts, settings: Settings) -> Finding:
    """Whether the tables are those of this version."""
    known = revisions()
    if facts.schema == known[0]:
        return well("schema", f"migration {known[0]}, the newest")
    todo = f"{START_IT} (it migrates)."
    if facts.schema is None:
        return ill("schema", "the database is empty", todo)
    if facts.schema not in known:
        seen = f"migration {facts.schema} is newer than this program, which knows up to {known[0]}"
        return ill("schema", seen, "Install the version of Tianzhou that was used last.")
    return ill("schema", f"migration {facts.schema}, and {known[0]} is the newest", f"Restart: {todo}")


def rights(facts: Facts) -> Finding:
    """What the programs' role may do: all it needs, and nothing to evidence but add to it."""
    lacks = _named(facts, MUST, wanted=True)
    if lacks:
        return ill("rights", f"the application's role may not {lacks}", f"{START_IT} (it gives the rights).")
    too_much = _named(facts, MUST_NOT, wanted=False)
    if too_much and facts.is_own_role:
        seen = f"the application's role may {too_much}: evidence could be changed"
        return ill("rights", seen, f"{START_IT} (it takes these rights away).")
    if too_much:
        return well("rights", "your own server's role may do everything; its ledger is only as safe as that role")
    return well("rights", "the application may add to the ledger and not change it")


def clock(database: datetime | None, newest: datetime | None, now: datetime) -> Finding:
    """This machine's clock against the database's and the newest evidence."""
    todo = "Set the clock (timedatectl set-ntp true): times are evidence."
    if database is None:
        return well("clock", f"{now:%Y-%m-%d %H:%M:%S} UTC, nothing to compare it with")
    off_s = abs((database - now) / timedelta(seconds=1))
    if off_s > CLOCK_S:
        return ill("clock", f"{off_s:.1f} s away from the database's clock", todo)
    if newest is not None and newest > now + timedelta(seconds=CLOCK_S):
        return ill("clock", f"behind the ledger's newest entry of {newest:%Y-%m-%d %H:%M:%S} UTC", todo)
    return well("clock", f"{now:%Y-%m-%d %H:%M:%S} UTC, agrees with the database")


def lease(facts: Facts, settings: Settings) -> Finding:
    """Who dials for this node."""
    held = facts.lease
    if held is None or not held.holder:
        return ill("lease", f"nobody ever ran {settings.node}", START_IT)
    if held.left_s < 0:
        seen = f"nobody runs {settings.node}; the last one was {held.holder}, {-held.left_s:.0f} s ago"
        return ill("lease", seen, START_IT)
    return well("lease", f"{settings.node} is run by {held.holder}")


def dialer(facts: Facts, settings: Settings, paths: Paths) -> Finding:
    """The engine's own words."""
    dead = _dead(facts, "dialer", settings.node, paths)
    if dead:
        return dead
    health = facts.beats[settings.node].health
    if health.get("dialing") is False:
        why = " ".join(map(str, health.get("why") or [])) or "it says no reason"
        return ill(
            "dialer", f"runs and does not dial: {why}", f"Mend what it names; {paths.log}/dialer.log says more."
        )
    return well("dialer", f"{settings.node} dials when a campaign does")


def worker(facts: Facts, settings: Settings, paths: Paths) -> Finding:
    """Recordings that wait, fail or belong to nobody."""
    name = f"worker:{settings.node}"
    dead = _dead(facts, "worker", name, paths)
    if dead:
        return dead
    health = facts.beats[name].health
    backlog, failed, orphans = (int(health.get(key) or 0) for key in ("backlog", "failed", "orphans"))
    if failed:
        todo = f"Look for settle_failed in {paths.log}/worker.log: it says of each what stands in the way."
        return ill("worker", f"{failed} calls could not be sealed and are tried again", todo)
    if orphans:
        return ill(
            "worker",
            f"{orphans} calls' files in the spool are nobody's",
            "Type: .venv/bin/tianzhou verify (names them)",
        )
    return well("worker", f"{backlog} calls wait for their seal")


def recording_keys(facts: Facts, paths: Paths) -> Finding:
    """Whether every key that recordings were sealed with is still in secrets.json."""
    part = "recording keys"
    try:
        held = keyring_of(paths).ids()
    except (OSError, KeyMissingError) as error:
        return ill(part, f"{paths.secrets_file} cannot be used: {error}", "Put it back from the newest backup.")
    lacking = ", ".join(sorted(facts.key_ids - held))
    if lacking:
        todo = f"Put them back into {paths.secrets_file} from a backup: without them recordings cannot be heard."
        return ill(part, f"recordings were sealed with keys that are gone: {lacking}", todo)
    return well(part, f"{len(held)} in secrets.json, and no recording needs another")


def _dead(facts: Facts, part: str, name: str, paths: Paths) -> Finding | None:
    todo = f"{START_IT}; if it runs, see {paths.log / part}.log."
    beat = facts.beats.get(name)
    if beat is None:
        return ill(part, f"no heartbeat of {name}", todo)
    return ill(part, f"the last heartbeat of {name} is {beat.age_s:.0f} s old", todo) if beat.age_s > LOOK_S else None


def _named(facts: Facts, table: Mapping[str, tuple[str, ...]], wanted: bool) -> str:
    """The rights of the table that are not as wanted, in words."""
    found = [
        f"{right.lower()} {name}"
        for name, rights in table.items()
        for right in rights
        if facts.rights.get((name, right), wanted) is not wanted
    ]
    return ", ".join(found)


async def _look(settings: Settings, facts: Facts) -> None:
    engine = make_engine(application_url(settings), pool_size=1, statement_s=STATEMENT_S)
    try:
        async with asyncio.timeout(LOOK_S), engine.connect() as connection:
            clock: datetime = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
            facts.clock, facts.asked_at = clock.astimezone(UTC), datetime.now(UTC)
            if await connection.scalar(text("select to_regclass('public.alembic_version') is not null")):
                facts.schema = await connection.scalar(text("select version_num from alembic_version"))
            if facts.is_usable:
                await _ask(connection, settings, facts)
    finally:
        await engine.dispose()


async def _ask(connection: AsyncConnection, settings: Settings, facts: Facts) -> None:
    asked = [(name, right) for table in (MUST, MUST_NOT) for name, rights in table.items() for right in rights]
    may = text("select has_table_privilege(:name, :right)")
    for name, right in asked:
        facts.rights[name, right] = bool(await connection.scalar(may, {"name": name, "right": right}))
    facts.is_own_role = not settings.database_url
    facts.newest = await connection.scalar(select(func.max(ledger.c.appended_at)))
    now = func.clock_timestamp()
    age = func.extract("epoch", now - nodes.c.heartbeat_at).label("age")
    for row in await connection.execute(select(nodes, age)):
        facts.beats[row.name] = Beat(float(row.age), row.health if isinstance(row.health, dict) else {})
    left = func.extract("epoch", leases.c.expires_at - now).label("left")
    held = await connection.execute(select(leases.c.holder, left).where(leases.c.name == settings.node))
    facts.lease = next((Lease(row.holder, float(row.left)) for row in held), None)
    facts.key_ids = set(await connection.scalars(select(sealed_with.c.key_id).distinct()))
    at_work = agent_sessions.c.ended_at.is_(None), agent_sessions.c.node == settings.node
    facts.phones = set(await connection.scalars(select(agent_sessions.c.extension).where(*at_work)))


def _explain(error: Exception, settings: Settings) -> tuple[str, str]:
    """What was seen, and what to do about it."""
    own = bool(settings.database_url)
    code = str(getattr(error.orig, "sqlstate", "") or "") if isinstance(error, DBAPIError) else ""
    start = "Check that the server of TIANZHOU_DATABASE_URL runs and is reached from here." if own else START_IT
    if isinstance(error, ValueError):
        return str(error), "Write TIANZHOU_DATABASE_URL as postgresql+asyncpg://user:password@host/database"
    if code == NO_DATABASE:
        todo = "Make that database on your server (createdb), or correct TIANZHOU_DATABASE_URL." if own else START_IT
        return "the server runs, and our database is not in it", todo
    if code.startswith(NO_ENTRY):
        todo = (
            "Correct the user and password in TIANZHOU_DATABASE_URL."
            if own
            else f"Ask as root or as the user that runs it: sudo -u {service_user()} .venv/bin/tianzhou doctor"
        )
        return "the server runs and refuses this user", todo
    if isinstance(error, PermissionError):
        return "its socket is closed to this user", "Ask as root or as the user that started Tianzhou."
    if isinstance(error, TimeoutError):
        return "does not answer in time", start
    return f"does not answer ({type(error).__name__})", start
