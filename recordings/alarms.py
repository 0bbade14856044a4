"""Incidents of the store and the keys: opened when they are found, closed when they are over."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.core.ids import is_attempt_id
from dialer.core.incidents import Incident, IncidentKind
from dialer.store.database import transaction
from dialer.store.incidents import close_over, open_incident
from recordings.errors import AudioError, KeyMissingError, MissingObjectError, StorageError, StorageLiesError

AWAY_S = 10.0  # a store that does not answer for so long is somebody's business
OVER = "A recording was sealed: it works again."

log = structlog.get_logger(__name__)


async def raise_alarm(engine: AsyncEngine, kind: IncidentKind, subject: str, detail: str, **facts: Any) -> None:
    """Opens an incident, or counts the open one again; a subject that is a call's id names the call too."""
    call = subject if is_attempt_id(subject) else None
    async with transaction(engine) as connection:
        await open_incident(connection, Incident(kind, subject, datetime.now(UTC), detail, call, facts))


class Alarms:
    """What one worker has to tell. It never stands in a seal's way: without a database it is told the next time."""

    def __init__(self, engine: AsyncEngine, node: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._engine, self._node, self._monotonic = engine, node, monotonic
        self._away_since: float | None = None
        self._open = {IncidentKind.STORAGE_AWAY, IncidentKind.KEY_MISSING}  # as far as we know: we may be new here

    async def seal_failed(self, call: str, error: Exception) -> None:
        """A call could not be sealed: what of it is more than this call's own trouble."""
        if isinstance(error, StorageLiesError):
            await self._tell(IncidentKind.STORAGE_LIES, call, str(error))
        elif isinstance(error, KeyMissingError):
            await self._tell(IncidentKind.KEY_MISSING, self._node, f"nothing can be sealed: {error}")
        elif isinstance(error, StorageError):
            self._away_since = self._monotonic() if self._away_since is None else self._away_since
            if self._monotonic() - self._away_since >= AWAY_S:
                await self._tell(IncidentKind.STORAGE_AWAY, self._node, f"ended calls wait in the spool: {error}")

    async def sealed(self) -> None:
        """A recording lies in the store: what stood in the way of it is over."""
        self._away_since = None
        for kind in tuple(self._open):
            try:
                async with transaction(self._engine) as connection:
                    await close_over(connection, kind, self._node, datetime.now(UTC), OVER)
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                log.warning("an incident could not be closed", action="alarm_failed", detail=type(error).__name__)
                return
            self._open.discard(kind)

    async def sealed_is_bad(self, call: str, error: Exception) -> None:
        """A sealed recording cannot be given back as it was sealed."""
        await self._tell(kind_of(error), call, str(error))

    async def _tell(self, kind: IncidentKind, subject: str, detail: str) -> None:
        self._open |= {kind} & {IncidentKind.STORAGE_AWAY, IncidentKind.KEY_MISSING}
        try:
            await raise_alarm(self._engine, kind, subject, detail)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.warning("an incident could not be opened", action="alarm_failed", detail=type(error).__name__)


def kind_of(error: Exception) -> IncidentKind:
    """What a fault of the vault, on the way to a sealed recording, says of the promise."""
    match error:
        case KeyMissingError():
            return IncidentKind.KEY_MISSING
        case MissingObjectError():
            return IncidentKind.AUDIO_MISSING
        case AudioError():
            return IncidentKind.AUDIO_DIFFERS
        case _:
            return IncidentKind.STORAGE_AWAY
