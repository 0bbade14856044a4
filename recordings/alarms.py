"""Incidents of this folder, opened and found over in a transaction of their own."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.core.ids import is_attempt_id
from dialer.core.incidents import Incident, IncidentKind
from dialer.store.database import transaction
from dialer.store.incidents import open_incident


async def raise_alarm(engine: AsyncEngine, kind: IncidentKind, subject: str, detail: str, **facts: Any) -> None:
    """Opens an incident, or counts the open one again; a subject that is a call's id names the call too."""
    call = subject if is_attempt_id(subject) else None
    async with transaction(engine) as connection:
        await open_incident(connection, Incident(kind, subject, datetime.now(UTC), detail, call, facts))
