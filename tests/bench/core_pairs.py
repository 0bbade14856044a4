"""What needs nothing but Python: the floor and the ledger."""

import hashlib
from datetime import datetime

from uuid_utils.compat import uuid7

from dialer.core import events as ev
from dialer.core.attempt import DialResult
from dialer.core.floor import Floor
from dialer.core.ids import SessionId
from dialer.core.ledger import GENESIS, Entry, EntryKind, canonical, chain
from tests.bench.pair import TURNS, Bench
from tests.unit.core.build import NOW, attempt_id, make_agent, make_attempt, make_floor


def floor_bench(calls: int = 2000) -> Bench:
    """Calls of one agent, one after the other: opened, ringing, answered, joined, ended, disposed of."""
    agent = make_agent(1)
    lives = [_life(n, agent.session_id) for n in range(calls)]

    async def ours() -> None:
        floor = make_floor(agent)
        for life in lives:
            _live(floor, life)
        assert not floor.attempts

    async def bare() -> None:
        states: dict[str, tuple[str, datetime]] = {}
        for life in lives * TURNS:
            for event in life:
                states[_id_of(event)] = (type(event).__name__, NOW)
            del states[_id_of(life[0])]

    count = calls * len(lives[0])
    return Bench("floor.receive", "a dict", "events", ours, bare, count, count * TURNS)


def _life(n: int, session_id: SessionId) -> list[ev.Event]:
    attempt = make_attempt(n)
    return [
        ev.Opened(attempt),
        ev.Rang(attempt.id),
        ev.Answered(attempt.id),
        ev.Joined(attempt.id, session_id),
        ev.Ended(attempt.id, DialResult.ANSWERED, 16, None),
    ]


def _live(floor: Floor, life: list[ev.Event]) -> None:
    for event in life:
        floor.receive(event, NOW)
    agent = next(iter(floor.agents.values()))
    floor.dispose(agent, attempt_id(int(_id_of(life[0])[-12:], 16)), "other", NOW)


def _id_of(event: ev.Event) -> str:
    return event.attempt.id if isinstance(event, ev.Opened) else getattr(event, "attempt_id", "")


def ledger_bench(rows: int = 5000) -> Bench:
    """The chain over entries as large as an outcome's."""
    body = {"result": "answered", "reason": "customer_hung_up", "cause": 16, "agent_id": str(uuid7())}
    entries = [Entry(EntryKind.OUTCOME, attempt_id(n), NOW, body) for n in range(rows)]
    ready = [canonical(n, entry, NOW) for n, entry in enumerate(entries)]

    async def ours() -> None:
        chain(0, GENESIS, entries, NOW)

    async def bare() -> None:
        head = GENESIS
        for row in ready * TURNS:
            head = hashlib.sha256(head + hashlib.sha256(row).digest()).digest()

    return Bench("ledger.chain", "SHA-256 of the same bytes", "rows", ours, bare, rows, rows * TURNS)
