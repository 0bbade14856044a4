"""Faults of the api; `problems.py` alone turns them into HTTP, by the table in `reasons.py`.

ApiError
+-- Unauthenticated     nobody we know is asking
+-- LockedOut           too many wrong passwords
+-- Forbidden           known, but may not
+-- CrossSite           another site's page may have made a browser ask this
+-- NotFound            no such thing, or not theirs to see
+-- Conflict            not in this state
+-- Invalid             a value we cannot read
+-- Unsatisfiable       no such bytes
+-- Refused             the engine said no, with its reason
+-- EngineUnavailable   the engine did not answer in time
+-- Busy                too many of it at once
+-- StorageAway         the recording's audio cannot be read now
+-- LedgerAway          what must be in the ledger first cannot be written now
UnguardedRoute          a route names nobody who may use it: the app is not built
"""

from datetime import timedelta

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

# what a database that is away, starting or going down raises, in the middle of a query or on the way to it
DATABASE_FAULTS = (
    DBAPIError,
    PoolTimeout,
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
)
AWAY_STATES = ("08", "57P", "53300")  # SQLSTATE: no connection, shutdown or start, too many clients


def is_database_away(error: BaseException) -> bool:
    """Whether the error means that the database cannot be used now, not that we asked it nonsense."""
    if isinstance(error, DBAPIError):
        state = str(getattr(error.orig, "sqlstate", "") or "")
        return error.connection_invalidated or not state or state.startswith(AWAY_STATES)
    return isinstance(error, DATABASE_FAULTS)


class ApiError(Exception):
    """Base: `reason` is a code for machines, `detail` a sentence for people."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Unauthenticated(ApiError):
    """No token, or one that is unknown, expired or revoked; or a login that failed."""

    def __init__(self, detail: str = "Log in first: the token is missing, unknown, expired or revoked.") -> None:
        super().__init__("unauthenticated", detail)


class LockedOut(ApiError):
    """No password of this name, or from this address, is looked at for `wait`."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__("locked_out", "There were too many wrong passwords.")
        self.wait = wait


class Forbidden(ApiError):
    """The person's roles do not allow this route."""

    def __init__(self) -> None:
        super().__init__("forbidden", "Your roles do not allow this.")


class CrossSite(ApiError):
    """A browser's request that does not show that our own page made it."""

    def __init__(self, detail: str) -> None:
        super().__init__("csrf", detail)


class NotFound(ApiError):
    """Nothing by that id that this person may see."""


class Conflict(ApiError):
    """The thing is in a state that does not allow it."""


class Invalid(ApiError):
    """A value of the request cannot be read; `field` is its path, as in `query.cursor`."""

    def __init__(self, reason: str, detail: str, field: str) -> None:
        super().__init__(reason, detail)
        self.field = field


class Unsatisfiable(ApiError):
    """The asked byte range cannot be given; `size` is the whole length in bytes."""

    def __init__(self, detail: str, size: int) -> None:
        super().__init__("range_not_satisfiable", detail)
        self.size = size


class Refused(ApiError):
    """The engine refused a command; `reason` is the engine's own code."""


class EngineUnavailable(ApiError):
    """The engine did not answer a command in time, or failed in it."""

    def __init__(self, detail: str) -> None:
        super().__init__("engine_unavailable", detail)


class Busy(ApiError):
    """As many as we do at once are being done."""


class StorageAway(ApiError):
    """The stored audio cannot be read now."""

    def __init__(self, detail: str) -> None:
        super().__init__("storage_unavailable", detail)


class LedgerAway(ApiError):
    """What must stand in the ledger before it is done cannot be written there now."""

    def __init__(self, detail: str) -> None:
        super().__init__("ledger_unavailable", detail)


class UnguardedRoute(Exception):
    """A route of the app does not say who may use it."""
