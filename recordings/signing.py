"""The worker's task that signs the ledger, each minute or every 1,000 rows; and the one that watches the clock.

What must not be signed opens an incident, which stops dialing; it is tried again, so that the incident stays fresh.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.core.incidents import Incident, IncidentKind
from dialer.core.ledger import Entry, EntryKind
from dialer.machine import Paths, load_secrets
from dialer.store import ledger
from dialer.store.database import transaction
from dialer.store.incidents import open_incident
from recordings.checkpoints import Signer
from recordings.copies import Copies
from recordings.errors import LedgerBroken, NoteError
from recordings.notes import SigningKey
from recordings.rules import is_checkpoint_due, step_s

LOOK_S = 5.0
LAST_S = 5.0  # an ordered stop waits so long for the last checkpoint
CLOCK_S = 1.0

log = structlog.get_logger(__name__)


def signing_key(paths: Paths) -> SigningKey:
    """The installation's key. Raises NoteError when there is none."""
    try:
        return SigningKey(load_secrets(paths).ledger_key)
    except FileNotFoundError as error:
        raise NoteError("there is no secrets.json: start Tianzhou once (tianzhou up)") from error


class Signing:
    """Signs until it is cancelled; `sign` once more at an ordered stop. `monotonic` is its clock."""

    def __init__(self, engine: AsyncEngine, paths: Paths, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._engine, self._paths, self._monotonic = engine, paths, monotonic
        self._signed_at = float("-inf")

    async def run(self) -> None:
        """Looks every few seconds whether a checkpoint is due; nothing that goes wrong ends it."""
        while True:
            await self.guarded()
            await asyncio.sleep(LOOK_S)

    async def stop(self) -> None:
        """The last checkpoint of an ordered stop."""
        self._signed_at = float("-inf")
        try:
            async with asyncio.timeout(LAST_S):
                await self.guarded()
        except TimeoutError:
            log.warning("no last checkpoint in time", action="checkpoint_late")

    async def guarded(self) -> None:
        """Signs if it is due. A fault is logged, a broken ledger is an incident."""
        try:
            await self._sign_if_due()
        except LedgerBroken as broken:
            log.error("the ledger is not signed", action="checkpoint_refused", detail=str(broken))
            await self._report(broken.kind, "ledger", str(broken))
        except NoteError as error:
            log.error("the ledger cannot be signed", action="no_ledger_key", detail=str(error))
            await self._report(IncidentKind.KEY_MISSING, "ledger", str(error))
        except Exception as error:  # whatever it is, the next look may sign
            log.warning("no checkpoint now, trying again", action="checkpoint_failed", detail=type(error).__name__)

    async def _sign_if_due(self) -> None:
        signer = Signer(self._engine, signing_key(self._paths), Copies(self._paths.checkpoints))
        waited_s = self._monotonic() - self._signed_at
        if not is_checkpoint_due(await signer.grown(), waited_s):
            return
        made = await signer.sign_all()
        self._signed_at = self._monotonic()
        if made is not None:
            log.info("signed", action="checkpoint", rows=made.size)

    async def _report(self, kind: IncidentKind, subject: str, words: str) -> None:
        self._signed_at = self._monotonic()  # a broken ledger is looked at each minute, not every few seconds
        await report(self._engine, Incident(kind, subject, datetime.now(UTC), words))


async def watch_clock(engine: AsyncEngine, node: str) -> None:
    """Compares wall clock and monotonic clock each second; a step is a ledger row and an incident."""
    before = _clocks()
    while True:
        await asyncio.sleep(CLOCK_S)
        now = _clocks()
        if step := step_s(before, now):
            await note_step(engine, node, step)
        before = now


async def note_step(engine: AsyncEngine, node: str, step: float) -> None:
    """The ledger row of a clock that was stepped by so many seconds, and the incident."""
    log.error("the clock was stepped", action="clock_step", step_s=step)
    now = datetime.now(UTC)
    ahead = "forwards" if step > 0 else "backwards"
    words = f"The clock of {node} was set {abs(step):.1f} s {ahead}: times of calls before and after do not compare."
    body = {"node": node, "step_ms": round(step * 1000), "before": _before(now, step)}
    try:
        async with transaction(engine) as connection:
            await ledger.append(connection, [Entry(EntryKind.CLOCK_STEP, None, now, body)])
            await open_incident(connection, Incident(IncidentKind.CLOCK_STEPPED, node, now, words, facts=body))
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        log.error("a clock step could not be written down", action="clock_step_lost", detail=type(error).__name__)


async def report(engine: AsyncEngine, found: Incident) -> None:
    """Opens an incident in a transaction of its own; the database's absence is logged."""
    try:
        async with transaction(engine) as connection:
            await open_incident(connection, found)
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        log.error("an incident could not be opened", action="incident_lost", detail=type(error).__name__)


def _clocks() -> tuple[float, float]:
    return time.time(), time.monotonic()


def _before(now: datetime, step: float) -> str:
    return datetime.fromtimestamp(now.timestamp() - step, UTC).isoformat()
