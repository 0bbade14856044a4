"""What must stand in the ledger before it is done: committed first, or it is not done."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncEngine

from api.access import current_session
from api.auth.sessions import Person
from api.errors import DATABASE_FAULTS, LedgerAway
from dialer.core.ledger import Entry, EntryKind
from dialer.store import ledger

AWAY = "The ledger cannot be written now, and nothing of this is done without its row there."
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Doer:
    """Who does something, in which session and from where."""

    person: Person
    session_id: str
    address: str | None

    def words(self, why: str) -> dict[str, Any]:
        """Who, from where and why, as the ledger's rows have it."""
        return {"user_id": self.person.id, "session_id": self.session_id, "address": self.address, "why": why}


def doer_of(request: Request, who: Person) -> Doer:
    """The person with his session and address; only behind a gate."""
    address = request.client.host if request.client else None
    return Doer(who, current_session(request).id, address)


async def witness(engine: AsyncEngine, kind: EntryKind, call_id: str, body: dict[str, Any]) -> None:
    """Commits a row about a call. Raises LedgerAway: then do nothing of it."""
    try:
        async with engine.begin() as connection:
            await ledger.append(connection, [Entry(kind, call_id, datetime.now(UTC), body)])
    except DATABASE_FAULTS as error:
        raise away(kind, error) from error


def away(kind: EntryKind, error: BaseException) -> LedgerAway:
    """The answer where a row could not be written; noted in the log."""
    log.warning(
        "not done: the ledger was not written", action="ledger_unwritten", kind=kind, error=type(error).__name__
    )
    return LedgerAway(AWAY)
