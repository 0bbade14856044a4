"""The floor's figures and lamps, from counts and heartbeats. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from api.auth.roles import Role
from api.floor.schemas import AgentCounts, Counts, Figures, InAir, Lamp, LampName, LampState, Minute
from api.health.rules import Beat, process
from dialer.core.incidents import STOPPING

WATCHING = frozenset(
    {
        Role.MANAGER,
        Role.SUPERVISOR,
        Role.TEAM_LEADER,
        Role.QA_SUPERVISOR,
        Role.QA_INSPECTOR,
        Role.BUSINESS_SUPERVISOR,
    }
)
MINUTES = 60
LOW_DISK = 2  # times the reserve: time to make room
BACKLOG = 100  # calls waiting for their seal
AWAY = "The database does not answer: see that PostgreSQL runs (`tianzhou doctor`)."
NOT_KNOWN = "Not known while the database is away."
NOTHING = Counts(dialed=0, answered=0, connected=0, abandoned=0)


@dataclass(frozen=True)
class Tally:
    """Calls of one campaign opened in one minute; `minute` is None before the last hour."""

    campaign_id: str
    is_today: bool
    minute: datetime | None
    counts: Counts


@dataclass(frozen=True)
class Census:
    """What was counted at one moment."""

    now: datetime
    tallies: tuple[Tally, ...]
    in_air: Mapping[str, int]
    agents: Mapping[str, int]
    recordings: Mapping[str, int]  # of the day, by status


def day_start(now: datetime, zone: ZoneInfo) -> datetime:
    """The first instant of today in the zone."""
    return datetime.combine(now.astimezone(zone).date(), time(), zone)


def hour_start(now: datetime) -> datetime:
    """The first instant of the oldest minute that is shown."""
    return now.replace(second=0, microsecond=0) - timedelta(minutes=MINUTES - 1)


def add(several: Iterable[Counts]) -> Counts:
    """Their sum."""
    all_of = list(several)
    return Counts(**{name: sum(getattr(item, name) for item in all_of) for name in Counts.model_fields})


def rate(part: int, whole: int) -> float | None:
    """Part of whole, 0 to 1; None of nothing."""
    return round(part / whole, 4) if whole else None


def by_campaign(census: Census) -> dict[str, Counts]:
    """Today's counts of each campaign that dialed."""
    grouped: dict[str, list[Counts]] = {}
    for tally in census.tallies:
        if tally.is_today:
            grouped.setdefault(tally.campaign_id, []).append(tally.counts)
    return {key: add(items) for key, items in grouped.items()}


def figures(census: Census, zone: ZoneInfo) -> Figures:
    """The day so far."""
    day = add(tally.counts for tally in census.tallies if tally.is_today)
    return Figures(
        **day.model_dump(),
        day=census.now.astimezone(zone).date(),
        answer_rate=rate(day.answered, day.dialed),
        abandon_rate=rate(day.abandoned, day.answered),
        in_air=InAir(**{name: census.in_air.get(name, 0) for name in InAir.model_fields}),
        agents=AgentCounts(**{name: census.agents.get(name, 0) for name in AgentCounts.model_fields}),
        recordings_present=census.recordings.get("present", 0),
        recordings_open=max(0, day.dialed - sum(census.recordings.values())),
        minutes=_minutes(census),
    )


def _minutes(census: Census) -> list[Minute]:
    """Every minute of the last hour, empty ones too."""
    first = hour_start(census.now)
    points = {first + timedelta(minutes=n): NOTHING for n in range(MINUTES)}
    for tally in census.tallies:
        if tally.minute in points:
            points[tally.minute] = add((points[tally.minute], tally.counts))
    return [
        Minute(at=at, dialed=counts.dialed, answered=counts.answered, abandoned=counts.abandoned)
        for at, counts in points.items()
    ]


# -- lamps ---------------------------------------------------------------------------------------------------------


def lamps(dialer: Beat | None, worker: Beat | None, reserve_mb: int) -> list[Lamp]:
    """Every part by the last heartbeats, while the database is there."""
    engine = process("dialer", dialer, "start it with `tianzhou dialer`")
    settling = process("recordings worker", worker, "start it with `tianzhou worker`")
    told = engine if engine["alive"] else {}
    return [
        _dialer(engine),
        _asterisk(told),
        _trunk(told),
        _recorder(told),
        _worker(settling),
        Lamp(name=LampName.DATABASE, state=LampState.OK, why=None),
        _disk(told, reserve_mb),
    ]


def lamps_without_database() -> list[Lamp]:
    """The database is down; nothing else can be known."""
    return [
        Lamp(name=name, state=LampState.DOWN, why=AWAY)
        if name is LampName.DATABASE
        else Lamp(name=name, state=LampState.UNKNOWN, why=NOT_KNOWN)
        for name in LampName
    ]


def _dialer(told: Mapping[str, Any]) -> Lamp:
    why = " ".join(told["why"])
    if not told["alive"]:
        return Lamp(name=LampName.DIALER, state=LampState.DOWN, why=why)
    if told.get("dialing") is not True:
        return Lamp(name=LampName.DIALER, state=LampState.WARNING, why=why or "The dialer is about to stop.")
    return Lamp(name=LampName.DIALER, state=LampState.OK, why=None)


def _asterisk(told: Mapping[str, Any]) -> Lamp:
    if not isinstance(told.get("asterisk"), bool):
        return _unknown(LampName.ASTERISK)
    if not told["asterisk"]:
        why = "The dialer has no link to Asterisk: see var/log/asterisk.log, it is started again by itself."
        return Lamp(name=LampName.ASTERISK, state=LampState.DOWN, why=why)
    cut = sorted(name for name, up in _mapping(told.get("links")).items() if up is not True)
    lost = f"Asterisk's {', '.join(cut)} does not answer the dialer: run `tianzhou doctor`." if cut else None
    return Lamp(name=LampName.ASTERISK, state=LampState.WARNING if cut else LampState.OK, why=lost)


def _trunk(told: Mapping[str, Any]) -> Lamp:
    trunks = _mapping(told.get("trunks"))
    if not trunks:
        return _unknown(LampName.TRUNK)
    out = sorted(name for name, state in trunks.items() if state == "offline")
    if out:
        why = (
            f"The carrier does not answer on {', '.join(out)}: check address and account in pjsip.conf, then call it."
        )
        state = LampState.DOWN if len(out) == len(trunks) else LampState.WARNING
        return Lamp(name=LampName.TRUNK, state=state, why=why)
    if "online" in trunks.values():
        return Lamp(name=LampName.TRUNK, state=LampState.OK, why=None)
    why = "Nobody asks the carrier whether it is there: set qualify_frequency for the trunk in pjsip.conf."
    return Lamp(name=LampName.TRUNK, state=LampState.UNKNOWN, why=why)


def _recorder(told: Mapping[str, Any]) -> Lamp:
    recorder = _mapping(told.get("recorder"))
    if not isinstance(recorder.get("ok"), bool):
        return _unknown(LampName.RECORDER)
    if recorder["ok"]:
        return _risk(recorder.get("incidents"))
    why = f"Nothing is dialed, because it would not be recorded: {recorder.get('why') or 'run `tianzhou doctor`'}."
    return Lamp(name=LampName.RECORDER, state=LampState.DOWN, why=why)


def _risk(incidents: Any) -> Lamp:
    """The recorder runs; what the watch found may still forbid to dial, or want somebody's eye."""
    found = [item for item in incidents if isinstance(item, Mapping)] if isinstance(incidents, list) else []
    stopping = [item for item in found if item.get("kind") in STOPPING]
    if not found:
        return Lamp(name=LampName.RECORDER, state=LampState.OK, why=None)
    worst = str((stopping or found)[0].get("detail"))
    why = f"Nothing is dialed until the incident is closed: {worst}." if stopping else f"{worst}."
    return Lamp(name=LampName.RECORDER, state=LampState.DOWN if stopping else LampState.WARNING, why=why)


def _worker(told: Mapping[str, Any]) -> Lamp:
    if not told["alive"]:
        return Lamp(name=LampName.WORKER, state=LampState.DOWN, why=" ".join(told["why"]))
    failed, orphans, backlog = (_number(told.get(name)) for name in ("failed", "orphans", "backlog"))
    why = list(told["why"])
    if failed:
        why.append(f"{failed} recordings could not be sealed and are tried again: see var/log/worker.log.")
    if orphans:
        why.append(f"{orphans} files in the spool belong to no call: run `tianzhou verify`.")
    if backlog > BACKLOG:
        why.append(f"{backlog} calls wait for their seal: the store is slow or the machine is short of CPU.")
    return Lamp(name=LampName.WORKER, state=LampState.WARNING if why else LampState.OK, why=" ".join(why) or None)


def _disk(told: Mapping[str, Any], reserve_mb: int) -> Lamp:
    recorder = _mapping(told.get("recorder"))
    free, now_mb = recorder.get("free_mb"), recorder.get("reserve_mb")
    reserve_mb = now_mb if isinstance(now_mb, int) else reserve_mb  # with many calls the dialer needs more
    if not isinstance(free, int):
        return _unknown(LampName.DISK)
    if free < reserve_mb:
        why = f"{free} MB are free, {reserve_mb} MB are the reserve: nothing is dialed until you make room."
        return Lamp(name=LampName.DISK, state=LampState.DOWN, why=why)
    if free < LOW_DISK * reserve_mb:
        why = f"{free} MB are free; below {reserve_mb} MB dialing stops: make room or add disk."
        return Lamp(name=LampName.DISK, state=LampState.WARNING, why=why)
    return Lamp(name=LampName.DISK, state=LampState.OK, why=None)


def _unknown(name: LampName) -> Lamp:
    return Lamp(
        name=name, state=LampState.UNKNOWN, why="The dialer says nothing of it: start it with `tianzhou dialer`."
    )


def _mapping(told: Any) -> Mapping[str, Any]:
    """A process's mistake must not take the floor down."""
    return told if isinstance(told, Mapping) else {}


def _number(told: Any) -> int:
    return told if isinstance(told, int) else 0
