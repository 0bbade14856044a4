"""/metrics: the figures for Prometheus, whatever is away."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import func, insert, text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import create_app
from api.auth.roles import Role
from api.context import Options
from api.metrics import facts, families
from api.metrics.facts import Facts, NodeFact
from api.metrics.requests import Requests
from dialer.store.database import make_engine
from dialer.store.tables import commands, leases, nodes
from recordings.vault import Vault
from tests.api.office import NODE, V1, ZONE, Office, assert_problem

NOW = datetime(2026, 11, 24, tzinfo=UTC)
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples(answer: httpx.Response) -> Samples:
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain")
    found: Samples = {}
    for family in text_string_to_metric_families(answer.text):
        assert family.documentation, family.name
        for sample in family.samples:
            found[sample.name, frozenset(sample.labels.items())] = sample.value
    return found


def value(found: Samples, name: str, **labels: str) -> float:
    return found[f"tianzhou_{name}", frozenset(labels.items())]


async def test_a_scrape_tells_how_the_centre_is(office: Office) -> None:
    now = datetime.now(UTC)
    ended = {"answered_at": now - timedelta(seconds=9), "ended_at": now - timedelta(seconds=4)}
    call = await office.call(dial_result="answered", disposition="no_voice", meaning="no_voice", **ended)
    await office.call(answered_at=now)
    await office.recording(attempt_id=call, sealed_at=now)
    health = {"outbox": 3, "dialing": True, "recorder": {"free_mb": 5}}
    settling = {"backlog": 2, "failed": 0, "orphans": 1, "spool_calls": 4, "spool_oldest_at": now.isoformat()}
    async with office.engine.begin() as connection:
        rows = [(NODE, health), ("worker:node-1", settling)]
        for name, told in rows:
            await connection.execute(insert(nodes).values(name=name, heartbeat_at=func.now(), health=told))
        lease = {"name": NODE, "holder": "host:1:2", "token": 7, "expires_at": now + timedelta(seconds=6)}
        await connection.execute(insert(leases).values(lease))
        queued = {"id": call, "node": NODE, "kind": "hangup", "payload": {}}
        await connection.execute(insert(commands).values(queued))
    await office.http.get(f"{V1}/auth/me")
    found = samples(await office.http.get("/metrics"))
    assert value(found, "up") == 1 and value(found, "event_viewers") == 0
    assert value(found, "calls_in_air", state="waiting") == 1 and value(found, "calls_today", step="dialed") == 2
    assert value(found, "call_results_today", result="answered") == 1
    assert value(found, "trunk_unheard_calls_today", trunk="t", meaning="no_voice") == 1
    assert value(found, "recordings_today", status="present") == 1 == value(found, "recordings_today", status="open")
    assert (
        value(found, "lease_held", node=NODE, holder="host:1:2") == 1 and value(found, "lease_token", node=NODE) == 7
    )
    assert 0 < value(found, "lease_expires_seconds", node=NODE) <= 6
    assert value(found, "commands_queued") == 1 and value(found, "commands_oldest_age_seconds") >= 0
    assert value(found, "recording_seal_lag_seconds", since="ended", statistic="max") == pytest.approx(4)
    assert value(found, "recording_seal_lag_seconds", since="answered", statistic="mean") == pytest.approx(9)
    assert value(found, "outbox_records", node=NODE) == 3 and value(found, "dialing", node=NODE) == 1
    assert value(found, "disk_free_bytes", node=NODE) == 5 * 1024 * 1024
    assert value(found, "spool_calls", node="worker:node-1") == 4
    assert value(found, "spool_oldest_age_seconds", node="worker:node-1") < 60
    assert value(found, "heartbeat_age_seconds", node=NODE) < 60 and value(found, "event_log_lag_seconds") == 0
    assert value(found, "lamp", part="database", state="ok") == 1
    route = {"method": "GET", "route": f"{V1}/auth/me"}
    assert value(found, "http_requests_total", **route, status="401") == 1
    assert value(found, "http_request_duration_seconds_count", **route) == 1
    assert found["process_resident_memory_bytes", frozenset()] > 0


async def test_a_long_transaction_shows_as_lag_of_the_log(office: Office) -> None:
    boss = await office.someone(Role.MANAGER)
    campaign = await office.campaign()
    async with office.engine.connect() as connection:
        await connection.execute(text("select pg_current_xact_id()"))
        await office.http.post(f"{V1}/campaigns/{campaign}/pause", headers=boss.headers)
        async with office.engine.connect() as other:
            assert (await facts.read(other, office.app.state.context.zone)).event_lag_s > 0


async def test_without_the_database_it_says_so_and_still_answers(vault: Vault) -> None:
    nowhere = make_engine("postgresql+asyncpg://x@/x?host=/nonexistent")
    app = create_app(nowhere, vault, NODE, ZONE)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http:
        found = samples(await http.get("/metrics"))
    assert value(found, "up") == 0 and ("tianzhou_agents", frozenset({("state", "ready")})) not in found
    await nowhere.dispose()


async def test_with_a_token_only_its_bearer_may_read(engine: AsyncEngine, vault: Vault) -> None:
    app = create_app(engine, vault, NODE, ZONE, options=Options(metrics_token="s3cret"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http:
        for headers in ({}, {"Authorization": "Bearer s3cre"}, {"Authorization": "s3cret"}):
            assert_problem(await http.get("/metrics", headers=headers), 401, "unauthenticated")
        samples(await http.get("/metrics", headers={"Authorization": "Bearer s3cret"}))
    assert "s3cret" not in repr(app.state.context)


def test_what_a_process_says_wrongly_is_left_out() -> None:
    health = {"outbox": "many", "recorder": "fine", "spool_oldest_at": "yesterday"}
    told = Facts(NOW, {}, [], [NodeFact("n", 1.0, health), NodeFact("o", 1.0, {})], 0, 0.0, 0.0, {}, {}, {}, {})
    found = {family.name: family.samples for family in families.of_facts(told)}
    assert found["tianzhou_outbox_records"] == [] == found["tianzhou_disk_free_bytes"]
    assert [sample.value for sample in found["tianzhou_spool_oldest_age_seconds"]] == [0.0]


def test_a_made_up_method_makes_no_series_of_its_own() -> None:
    requests = Requests()
    requests.observe("BREW", "unmatched", 405, 0.1)
    requests.observe("GET", f"{V1}/events", 200, 3600.0)
    labels = {"method": "other", "route": "unmatched", "status": "405"}
    assert requests.registry.get_sample_value("tianzhou_http_requests_total", labels) == 1
    timed = {"method": "GET", "route": f"{V1}/events"}
    assert requests.registry.get_sample_value("tianzhou_http_request_duration_seconds_count", timed) is None
