"""Reads the heartbeats, within a time-out."""

import asyncio
from typing import Any

import structlog
from sqlalchemy import Row, func, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from api.errors import DATABASE_FAULTS
from api.health.rules import Beat, database_away, report
from dialer.store.tables import nodes

log = structlog.get_logger()

TIMEOUT_S = 2.0
WORKER_PREFIX = "worker:"


async def look(engine: AsyncEngine, node: str) -> tuple[bool, dict[str, Any]]:
    """Whether the database answered within TIMEOUT_S, and the report. Never raises, never hangs."""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            beats = await _beats(engine, node)
    except DATABASE_FAULTS as error:
        log.warning("database away", action="health_database_away", error=type(error).__name__)
        return False, database_away()
    workers = [beat for name, beat in beats.items() if name.startswith(WORKER_PREFIX)]
    return True, report(beats.get(node), max(workers, key=lambda beat: beat.at, default=None))


async def _beats(engine: AsyncEngine, node: str) -> dict[str, Beat]:
    ours = or_(nodes.c.name == node, nodes.c.name.startswith(WORKER_PREFIX, autoescape=True))
    async with engine.connect() as connection:
        rows = await connection.execute(select(nodes, func.now().label("now")).where(ours))
        return {row.name: _beat(row) for row in rows}


def _beat(row: Row[Any]) -> Beat:
    return Beat(row.heartbeat_at, row.now, row.health if isinstance(row.health, dict) else {})
