"""One scrape: what this process knows, and one bounded look at the database, shared by all who ask within FACTS_S."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import structlog
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.ext.asyncio import AsyncEngine

from api.errors import DATABASE_FAULTS
from api.events.hub import Hub
from api.floor.service import Board
from api.metrics import facts, families
from api.metrics.requests import Requests

TIMEOUT_S = 2.0
FACTS_S = 2.0

log = structlog.get_logger()


class Once(Collector):
    """Families made already."""

    def __init__(self, made: Iterable[GaugeMetricFamily]) -> None:
        self._made = list(made)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The families."""
        yield from self._made


@dataclass
class Metrics:
    """The text for Prometheus; `token` empty = for anybody."""

    engine: AsyncEngine
    board: Board
    hub: Hub
    token: str = field(repr=False)
    requests: Requests = field(default_factory=Requests)
    _read: list[GaugeMetricFamily] = field(default_factory=list)
    _due: float = 0.0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def text(self) -> bytes:
        """Everything; without the database what is known without it. Never raises, never hangs."""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                read, up = await self._look(), True
        except DATABASE_FAULTS as error:
            log.warning("database away", action="metrics_database_away", error=type(error).__name__)
            read, up = [], False
        registry = CollectorRegistry()
        registry.register(Once([*families.of_process(up, self.hub.viewers), *read]))
        return generate_latest(registry) + generate_latest(self.requests.registry)

    async def _look(self) -> list[GaugeMetricFamily]:
        async with self._lock:
            if not self._read or time.monotonic() >= self._due:
                standing = await self.board.look()
                async with self.engine.connect() as connection:
                    found = await facts.read(connection, self.board.zone)
                self._read = [*families.of_floor(standing), *families.of_facts(found)]
                self._due = time.monotonic() + FACTS_S
            return self._read
