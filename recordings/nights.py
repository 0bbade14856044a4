"""What is done once for each day that is over: compare all of it, then certify it. Done = its certificate is kept."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.machine import Paths
from recordings.certificate import Shelf, certify
from recordings.reconcile import Reconciler

LOOK_S = 60.0
# calls that were in the air at midnight are over and sealed by then; the nightly backup takes the certificate with it
AFTER = time(0, 30)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Nights:
    """One node's nights."""

    engine: AsyncEngine
    paths: Paths
    zone: str
    node: str
    reconciler: Reconciler

    async def run(self) -> None:
        """For ever; a night that was missed because nothing ran is made up for."""
        while True:
            day = due_day(datetime.now(UTC), self.zone)
            if not await asyncio.to_thread(Shelf(self.paths.certificates).has, day):
                await self.close(day)
            await asyncio.sleep(LOOK_S)

    async def close(self, day: date) -> None:
        """Compares the day and certifies it. Raises as the database, NoteError, OSError."""
        await self.reconciler.night(day)
        await certify(self.engine, self.paths, day, self.zone, self.node)
        log.info("the day is certified", action="certified", day=day.isoformat())


def due_day(now: datetime, zone: str) -> date:
    """The last day that is over and may be certified: yesterday, before AFTER the day before that. Pure."""
    local = now.astimezone(ZoneInfo(zone))
    days = 1 if local.time() >= AFTER else 2
    return local.date() - timedelta(days=days)
