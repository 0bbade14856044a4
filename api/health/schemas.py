"""The answer of /health; each process adds its own figures to its part."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Status(StrEnum):
    """How the centre is."""

    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"


class Part(BaseModel):
    """One part of the centre and its own figures; `why` says in sentences what is wrong and what to do."""

    model_config = ConfigDict(extra="allow")

    why: list[str] = []


class Process(Part):
    """A process that sends heartbeats."""

    alive: bool | None
    heartbeat_age_s: float | None


class Dialer(Process):
    """The engine."""

    dialing: bool | None


class Database(Part):
    """PostgreSQL."""

    ok: bool


class Recorder(Part):
    """The recording of calls, as the engine sees it; null = not known."""

    ok: bool | None = None


class Health(BaseModel):
    """How the centre is, and why."""

    status: Status = Field(examples=["ok"])
    database: Database
    dialer: Dialer
    recorder: Recorder
    worker: Process
