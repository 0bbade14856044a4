"""Facts as Prometheus families: names, units and helps in one place. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from prometheus_client.core import GaugeMetricFamily

from api.floor.schemas import LampState
from api.floor.service import Standing
from api.metrics.facts import Facts, NodeFact

Labels = tuple[str, ...]


def gauge(name: str, text: str, labels: Labels, values: Iterable[tuple[Labels, float]]) -> GaugeMetricFamily:
    """One family."""
    family = GaugeMetricFamily(f"tianzhou_{name}", text, labels=labels)
    for of, value in values:
        family.add_metric(of, value)
    return family


def of_process(up: bool, viewers: int) -> Iterator[GaugeMetricFamily]:
    """What is known without the database."""
    yield gauge("up", "1 = this api process reads its database; 0 = it does not.", (), [((), float(up))])
    yield gauge("event_viewers", "Open streams of /api/v1/events of this process.", (), [((), viewers)])


def of_floor(standing: Standing) -> Iterator[GaugeMetricFamily]:
    """The figures of the floor."""
    day = standing.figures
    yield gauge("calls_in_air", "Calls in the air by state.", ("state",), _each(day.in_air.model_dump()))
    yield gauge("agents", "Agents logged in by state.", ("state",), _each(day.agents.model_dump()))
    counts = {name: getattr(day, name) for name in ("dialed", "answered", "connected", "abandoned")}
    yield gauge(
        "calls_today", "Calls opened today in the centre's zone, by what they came to.", ("step",), _each(counts)
    )
    recorded = {"present": day.recordings_present, "open": day.recordings_open}
    recorded["absent"] = max(0, day.dialed - sum(recorded.values()))
    yield gauge("recordings_today", "Recordings of today's calls by status.", ("status",), _each(recorded))
    states = [
        ((lamp.name.value, state.value), float(lamp.state is state)) for lamp in standing.lamps for state in LampState
    ]
    yield gauge("lamp", "1 = the part is in this state.", ("part", "state"), states)


def of_facts(facts: Facts) -> Iterator[GaugeMetricFamily]:
    """Results, lags, leases, queues, heartbeats."""
    yield gauge("call_results_today", "Today's ended calls by the network's word.", ("result",), _each(facts.results))
    held = [((lease.name, lease.holder), float(lease.expires_s > 0)) for lease in facts.leases]
    yield gauge("lease_held", "1 = the holder's lease on the node is valid.", ("node", "holder"), held)
    expires = [((lease.name,), lease.expires_s) for lease in facts.leases]
    yield gauge(
        "lease_expires_seconds", "Seconds until a node's lease expires; negative = expired.", ("node",), expires
    )
    tokens = [((lease.name,), lease.token) for lease in facts.leases]
    yield gauge("lease_token", "Fencing token: how often a node's lease was taken.", ("node",), tokens)
    yield gauge("commands_queued", "Commands that no dialer has taken yet.", (), [((), facts.commands)])
    oldest = [((), facts.command_age_s)]
    yield gauge("commands_oldest_age_seconds", "Age of the oldest command not taken; 0 = none.", (), oldest)
    lag = [((), facts.event_lag_s)]
    yield gauge("event_log_lag_seconds", "Age of the oldest change that viewers cannot read yet; 0 = none.", (), lag)
    text = "Seconds from a call's answer, or end, to its sealed recording, of the last 5 minutes."
    yield gauge("recording_seal_lag_seconds", text, ("since", "statistic"), facts.seal_lags.items())
    text = "Today's calls in which an agent heard nobody, or not well: the trunk may be at fault."
    yield gauge("trunk_unheard_calls_today", text, ("trunk", "meaning"), facts.unheard.items())
    yield gauge("incidents_open", "Open incidents.", ("kind",), _each(facts.incidents))
    text = "Seconds since the recorder's last test call that passed."
    yield gauge("self_test_passed_age_seconds", text, ("node",), _each(facts.self_tests))
    ages = [((node.name,), node.age_s) for node in facts.nodes]
    yield gauge("heartbeat_age_seconds", "Age of a process's last heartbeat.", ("node",), ages)
    yield from _told(facts)


def _told(facts: Facts) -> Iterator[GaugeMetricFamily]:
    """What the processes say of themselves in their heartbeats."""
    for name, key, text in (
        ("dialing", "dialing", "1 = the dialer may dial."),
        ("outbox_records", "outbox", "Outcomes that wait for the database in the dialer's outbox."),
        ("recordings_backlog", "backlog", "Ended calls that wait for their seal."),
        ("recordings_failed", "failed", "Calls whose seal failed and is tried again."),
        ("spool_orphans", "orphans", "Files in the spool that no call accounts for."),
        ("spool_calls", "spool_calls", "Calls with files in the spool."),
    ):
        yield gauge(name, text, ("node",), _numbers(facts.nodes, key))
    ages = [((node.name,), age) for node in facts.nodes if (age := _age_s(facts.now, node.health)) is not None]
    yield gauge(
        "spool_oldest_age_seconds", "Age of the oldest call with files in the spool; 0 = none.", ("node",), ages
    )
    yield gauge("disk_free_bytes", "Free space for recordings.", ("node",), _free(facts.nodes))


def _each(counts: Mapping[str, int] | Mapping[str, float]) -> list[tuple[Labels, float]]:
    return [((key,), value) for key, value in counts.items()]


def _numbers(nodes: Iterable[NodeFact], key: str) -> list[tuple[Labels, float]]:
    return [((node.name,), float(value)) for node in nodes if isinstance(value := node.health.get(key), int | float)]


def _age_s(now: datetime, health: Mapping[str, Any]) -> float | None:
    if "spool_oldest_at" not in health:
        return None
    try:
        return max(0.0, (now - datetime.fromisoformat(str(health["spool_oldest_at"]))).total_seconds())
    except (TypeError, ValueError):
        return 0.0


def _free(nodes: Iterable[NodeFact]) -> list[tuple[Labels, float]]:
    found: list[tuple[Labels, float]] = []
    for node in nodes:
        recorder = node.health.get("recorder")
        if isinstance(recorder, dict) and isinstance(recorder.get("free_mb"), int):
            found.append(((node.name,), recorder["free_mb"] * 1024.0 * 1024.0))
    return found
