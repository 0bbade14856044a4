"""/health: what the heartbeats say, in time, to anybody."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from api.health import service
from api.health.rules import Beat, report
from api.health.schemas import Health
from dialer.store.tables import nodes
from tests.api.office import NODE, Office

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def beat(age_s: float, **health: Any) -> Beat:
    return Beat(NOW - timedelta(seconds=age_s), NOW, health)


def test_all_is_well() -> None:
    told = report(beat(1, dialing=True, why=[], recorder={"ok": True}, calls=3), beat(2, backlog=0))
    assert told["status"] == "ok" and told["dialer"]["dialing"] is True and told["dialer"]["calls"] == 3
    assert told["recorder"] == {"ok": True, "why": []} and told["worker"]["backlog"] == 0
    assert told["dialer"]["heartbeat_age_s"] == 1.0 and told["dialer"]["why"] == []


@pytest.mark.parametrize(
    ("dialer", "worker"),
    [
        (None, beat(1)),
        (beat(1), None),
        (beat(16, dialing=True), beat(1)),
        (beat(1), beat(16)),
        (beat(1, recorder={"ok": False}), beat(1)),
        (beat(1, recorder=False), beat(1)),
    ],
)
def test_something_is_not_well(dialer: Beat | None, worker: Beat | None) -> None:
    assert report(dialer, worker)["status"] == "degraded"


def test_a_dead_dialer_does_not_dial_and_says_what_to_do() -> None:
    told = report(beat(42, dialing=True, why=["the disk is nearly full"]), beat(1))
    assert told["dialer"]["dialing"] is False and told["dialer"]["alive"] is False
    assert told["dialer"]["why"] == [
        "The dialer was last heard 42 s ago: start it with `tianzhou dialer`.",
        "the disk is nearly full",
    ]


@pytest.mark.parametrize(
    "health",
    [
        {"why": "a sentence", "recorder": {"ok": False, "why": "no space"}, "dialing": "yes"},
        {"why": None, "recorder": {"ok": "maybe", "why": None}},
        {"why": [1, None], "recorder": [], "alive": "of course", "heartbeat_age_s": "x"},
    ],
)
def test_whatever_a_process_says_of_itself_is_shown(health: dict[str, Any]) -> None:
    shown = Health.model_validate(report(beat(1, **health), beat(1, **health)))
    assert shown.dialer.alive is True and shown.dialer.dialing is False
    assert all(isinstance(word, str) for word in shown.dialer.why + shown.recorder.why)


async def test_over_http(office: Office) -> None:
    empty = await office.http.get("/health")
    assert empty.status_code == 200 and empty.json()["status"] == "degraded"
    rows = [(NODE, {"dialing": True, "why": []}), ("worker:node-1", {"backlog": 2}), ("node-2", {"dialing": False})]
    async with office.engine.begin() as connection:
        values = [{"name": name, "heartbeat_at": datetime.now(UTC), "health": health} for name, health in rows]
        await connection.execute(insert(nodes), values)
    told = (await office.http.get("/health")).json()
    assert told["status"] == "ok" and told["dialer"]["dialing"] is True and told["worker"]["backlog"] == 2
    assert told["database"] == {"ok": True, "why": []}


async def test_it_never_hangs(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def stuck(*_args: Any) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(service, "_beats", stuck)
    monkeypatch.setattr(service, "TIMEOUT_S", 0.2)
    begun = time.monotonic()
    assert (await office.http.get("/health")).status_code == 503
    assert time.monotonic() - begun < 1
