"""Listens to what was sealed lately: is it as long as what the line carried, and are both heard? And whether ended
calls wait too long for their seal. What is wrong is an incident of the call.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog
from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.core.incidents import Incident, IncidentKind
from dialer.core.records import IncidentFound
from dialer.store.database import transaction
from dialer.store.incidents import close_over, keep
from dialer.store.tables import attempts, recording_facts
from recordings import records
from recordings.errors import RecordingError
from recordings.sealed import sealed_of, with_key
from recordings.sound_rules import Sealed, faults
from recordings.tables import recordings
from recordings.vault import Vault

LOOK_S = 2.0
BACK = timedelta(hours=26)  # what was sealed before is listened to no more
SETTLED = timedelta(seconds=3)  # what the line carried may be written a moment after the seal
LATE = timedelta(minutes=2)
LATE_EVERY_S = 10.0
POINTS = 100
BATCH = 100

log = structlog.get_logger(__name__)


@dataclass
class Sound:
    """One node's ear; `_done` is the last seal that was listened to."""

    engine: AsyncEngine
    vault: Vault
    node: str
    _done: datetime = field(default_factory=lambda: datetime.now(UTC) - BACK)
    _late_due: float = 0.0

    async def run(self) -> None:
        """For ever; a fault of the database ends it, and it is begun again where it was."""
        while True:
            while await self.listen():
                pass
            if asyncio.get_running_loop().time() >= self._late_due:
                await self.look_for_late()
                self._late_due = asyncio.get_running_loop().time() + LATE_EVERY_S
            await asyncio.sleep(LOOK_S)

    async def listen(self) -> int:
        """The next recordings in the order of their seals; how many there were."""
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_sealed_since(self.node, self._done, datetime.now(UTC)))).all()
        for row in rows:
            await self._judge(row)
            self._done = row.sealed_at
        return len(rows)

    async def look_for_late(self) -> None:
        """Opens the incident of a backlog, or closes it."""
        now = datetime.now(UTC)
        async with self.engine.connect() as connection:
            count, since = (await connection.execute(_late(self.node, now))).one()
        async with transaction(self.engine) as connection:
            if count:
                waits = int((now - since).total_seconds())
                detail = f"{count} ended calls of {self.node} wait for their seal, the oldest for {waits} s"
                found = Incident(
                    IncidentKind.BACKLOG, self.node, now, detail, facts={"calls": count, "seconds": waits}
                )
                await keep(connection, IncidentFound(found))
            else:
                await close_over(connection, IncidentKind.BACKLOG, self.node, now, "Every ended call is sealed")

    async def _judge(self, row: Row[Any]) -> None:
        found = faults(await self._known(row))
        if not found:
            return
        async with transaction(self.engine) as connection:
            for fault in found:
                log.warning(fault.detail, action="sound_fault", call=row.attempt_id, kind=fault.kind.value)
                incident = Incident(
                    fault.kind, row.attempt_id, row.ended_at, fault.detail, row.attempt_id, fault.facts
                )
                await keep(connection, IncidentFound(incident))

    async def _known(self, row: Row[Any]) -> Sealed:
        counts = [count for count in (row.rx_packets, row.tx_packets) if count is not None]
        together = (row.ended_at - row.connected_at).total_seconds() if row.connected_at else 0.0
        return Sealed(
            recorded_s=Decimal(row.samples) / Decimal(row.rate),
            talk_s=row.talk_s,
            packets=max(counts, default=None),
            repaired=row.repaired,
            together_s=together,
            peaks=await self._peaks(row),
        )

    async def _peaks(self, row: Row[Any]) -> tuple[float, float] | None:
        """The loudest of each leg. What cannot be read is the alarm of whoever seals and verifies, not ours."""
        sealed = sealed_of(row)
        if sealed is None:
            return None
        try:
            peaks = await self.vault.peaks(sealed, POINTS)
        except RecordingError as error:
            log.warning("not listened to", action="sound_unheard", call=row.attempt_id, detail=type(error).__name__)
            return (1.0, 1.0)
        return max(peaks.customer, default=0.0), max(peaks.agent, default=0.0)


def _sealed_since(node: str, done: datetime, now: datetime) -> Select[Any]:
    """Present recordings of the node, sealed after `done` and a moment ago, in the order of their seals."""
    query = (
        select(recordings, attempts.c.connected_at, attempts.c.ended_at)
        .add_columns(recording_facts.c.rx_packets, recording_facts.c.tx_packets)
        .join(attempts, attempts.c.id == recordings.c.attempt_id)
        .outerjoin(recording_facts, recording_facts.c.attempt_id == recordings.c.attempt_id)
    )
    return (
        with_key(query)
        .where(recordings.c.attempt_id > records.lowest_id(now - BACK), recordings.c.status == "present")
        .where(recordings.c.sealed_at > done, recordings.c.sealed_at < now - SETTLED, attempts.c.node == node)
        .order_by(recordings.c.sealed_at, recordings.c.attempt_id)
        .limit(BATCH)
    )


def _late(node: str, now: datetime) -> Select[int, Any]:
    """How many calls of the node ended long ago and have no recordings row, and since when."""
    query = select(func.count(), func.min(attempts.c.ended_at))
    return (
        query.select_from(attempts)
        .outerjoin(recordings, recordings.c.attempt_id == attempts.c.id)
        .where(attempts.c.id > records.lowest_id(now - BACK), attempts.c.node == node)
        .where(attempts.c.ended_at < now - LATE, recordings.c.attempt_id.is_(None))
    )
