"""What the heartbeats mean. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

STALE_S = 15.0


@dataclass(frozen=True)
class Beat:
    """A process's last heartbeat; the moments are the database's own."""

    at: datetime
    now: datetime
    health: dict[str, Any]

    @property
    def age_s(self) -> float:
        """Seconds since it."""
        return round((self.now - self.at).total_seconds(), 1)


def process(name: str, beat: Beat | None, start_by: str) -> dict[str, Any]:
    """A process's own words, whether it is alive, and if not, what to do."""
    if beat is None:
        return {"alive": False, "heartbeat_age_s": None, "why": [f"The {name} never ran here: {start_by}."]}
    alive = beat.age_s <= STALE_S
    why = _sentences(beat.health.get("why"))
    if not alive:
        why.insert(0, f"The {name} was last heard {beat.age_s:.0f} s ago: {start_by}.")
    return {**beat.health, "alive": alive, "heartbeat_age_s": beat.age_s, "why": why}


def report(dialer: Beat | None, worker: Beat | None) -> dict[str, Any]:
    """The whole answer while the database is there. No heartbeat, no dialing: what a dead dialer said is past."""
    told = process("dialer", dialer, "start it with `tianzhou dialer`")
    working = process("recordings worker", worker, "start it with `tianzhou worker`")
    told["dialing"] = told["alive"] and told.get("dialing") is True
    recorder = _recorder(told.pop("recorder", None), told["alive"])
    is_well = told["alive"] and working["alive"] and recorder["ok"] is not False
    return {
        "status": "ok" if is_well else "degraded",
        "database": {"ok": True, "why": []},
        "dialer": told,
        "recorder": recorder,
        "worker": working,
    }


def database_away() -> dict[str, Any]:
    """The whole answer without the database: nothing else can be known."""
    sentence = "The database does not answer: see that PostgreSQL runs (`tianzhou doctor`); nothing new is dialed."
    unknown = {"alive": None, "heartbeat_age_s": None, "why": ["Unknown while the database is away."]}
    return {
        "status": "down",
        "database": {"ok": False, "why": [sentence]},
        "dialer": {**unknown, "dialing": None},
        "recorder": {"ok": None},
        "worker": dict(unknown),
    }


def _recorder(told: Any, is_fresh: bool) -> dict[str, Any]:
    """The dialer's words on the recorder; a dead dialer's words say nothing of now."""
    own = told if isinstance(told, dict) else {"ok": told}
    ok = own.get("ok") if is_fresh and isinstance(own.get("ok"), bool) else None
    return {**own, "ok": ok, "why": _sentences(own.get("why"))}


def _sentences(told: Any) -> list[str]:
    """Whatever a process said of why, as a list: its mistake must not take /health down."""
    if isinstance(told, list):
        return [str(item) for item in told]
    return [str(told)] if told else []
