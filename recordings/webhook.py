"""Tells people outside of the console: each incident that opens or closes is posted to one address, signed, once.

The incidents themselves are the queue, `alarm_deliveries` remembers what was told: a kill -9 loses nothing.
A receiver that was reached and whose answer was lost gets the same delivery, by its id, again.
"""

import asyncio
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import structlog
from sqlalchemy import Row, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from uuid_utils.compat import uuid7

from dialer.core.incidents import STOPPING
from dialer.store.database import transaction
from dialer.store.events import incident_body, moment
from dialer.store.tables import incidents
from recordings.records import lowest_id
from recordings.tables import alarm_deliveries, alarm_receivers
from recordings.webhook_rules import BadTarget, State, Target, body_of, choose, next_try, signature_of, target_of

EVERY_S = 1.0
TIMEOUT_S = 3.0
OLDEST = timedelta(days=7)  # an incident that opened earlier and was never told is not told any more
AT_ONCE = 20
SIGNATURE, SENT_AT = "X-Tianzhou-Signature", "X-Tianzhou-Timestamp"
# whom the alarm is for while nobody is named: L255, and who can mend a machine
DEFAULT_ROLES = ("qa_supervisor", "qa_inspector", "system_administrator")

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Hook:
    """Where alarms go and the secret they are signed with. An empty address = nowhere."""

    url: str
    secret: str
    may_be_private: bool = False


class Refused(Exception):
    """The receiver did not take it; the text says why, without its address."""


class Alarms:
    """Delivers until it is cancelled. `transport` is the tests'; `now` the clock of waits."""

    def __init__(
        self, engine: AsyncEngine, hook: Hook, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._engine, self._hook, self._now = engine, hook, now
        self._said = ""

    async def run(self) -> None:
        """For ever; each second what is due."""
        if not self._hook.url:
            await asyncio.Event().wait()
        while True:
            await self.deliver()
            await asyncio.sleep(EVERY_S)

    async def deliver(self) -> int:
        """Sends what is due; how many arrived. Raises as the database."""
        target = target_of(self._hook.url)
        if isinstance(target, BadTarget):
            self._say(target.why)
            return 0
        async with transaction(self._engine) as connection:
            await _remember_new(connection)
            due = await _due(connection, self._now())
            receivers = await receivers_of(connection)
        arrived = await asyncio.gather(*(self._try(target, row, receivers) for row in due))
        return sum(arrived)

    async def _try(self, target: Target, row: Row[Any], receivers: Mapping[str, Any]) -> bool:
        """One delivery, and what came of it, remembered."""
        body = body_of(row.delivery_id, State(row.state), _told(row), receivers)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await self._post(target, body)
        except (Refused, httpx.HTTPError, OSError, TimeoutError) as error:
            why = str(error) if isinstance(error, Refused) else type(error).__name__
            later = next_try(row.tries + 1, self._now())
            await self._note(row.delivery_id, tries=row.tries + 1, due_at=later, last_error=why[:200])
            self._say(why)
            return False
        await self._note(row.delivery_id, tries=row.tries + 1, delivered_at=self._now(), last_error=None)
        log.info("alarm delivered", action="alarm_delivered", incident=row.id, state=row.state)
        self._said = ""
        return True

    async def _post(self, target: Target, body: bytes) -> None:
        """To the one address that was looked at, under the name's certificate. Raises Refused, HTTPError, OSError."""
        found = await asyncio.get_running_loop().getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        address = choose(target, [str(item[4][0]) for item in found], self._hook.may_be_private)
        if isinstance(address, BadTarget):
            raise Refused(address.why)
        sent_at = int(time.time())
        url = httpx.URL(target.url)
        headers = {
            "Host": url.netloc.decode("ascii"),
            "Content-Type": "application/json",
            "User-Agent": "tianzhou",
            SENT_AT: str(sent_at),
            SIGNATURE: f"sha256={signature_of(self._hook.secret, sent_at, body)}",
        }
        named = {"sni_hostname": target.host} if target.is_https else {}
        async with (
            httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False) as client,
            client.stream(
                "POST", url.copy_with(host=address), headers=headers, content=body, extensions=named
            ) as answer,
        ):
            if not answer.is_success:  # its body is not read: it may have no end
                raise Refused(f"the receiver answered {answer.status_code}")

    async def _note(self, delivery_id: str, **values: Any) -> None:
        async with transaction(self._engine) as connection:
            mine = alarm_deliveries.c.id == delivery_id
            await connection.execute(update(alarm_deliveries).where(mine).values(**values))

    def _say(self, why: str) -> None:
        """Once, until it changes: a receiver may be away for hours."""
        if why != self._said:
            log.error("an alarm is not delivered", action="alarm_failed", detail=why)
            self._said = why


async def receivers_of(connection: AsyncConnection) -> dict[str, Any]:
    """Who is named for alarms: people, or while there are none the roles."""
    query = select(alarm_receivers.c.username, alarm_receivers.c.name).order_by(alarm_receivers.c.username)
    people = [dict(row) for row in (await connection.execute(query)).mappings()]
    return {"people": people, "roles": [] if people else list(DEFAULT_ROLES)}


async def _remember_new(connection: AsyncConnection) -> None:
    """A row for every incident's state that was never told: open ones, and closed ones that were told to be open."""
    recent = incidents.c.id >= lowest_id(datetime.now(UTC) - OLDEST)
    told = exists().where(alarm_deliveries.c.incident_id == incidents.c.id)
    was_told = told.where(
        alarm_deliveries.c.state == State.OPENED.value, alarm_deliveries.c.delivered_at.is_not(None)
    )
    over = told.where(alarm_deliveries.c.state == State.CLOSED.value)
    closed = incidents.c.closed_at.is_not(None)
    for state, wanted in ((State.OPENED, (~closed, ~told)), (State.CLOSED, (closed, was_told, ~over))):
        found = (await connection.execute(select(incidents.c.id).where(recent, *wanted))).scalars().all()
        rows = [{"id": str(uuid7()), "incident_id": incident, "state": state.value} for incident in found]
        if rows:
            await connection.execute(insert(alarm_deliveries).values(rows).on_conflict_do_nothing())


async def _due(connection: AsyncConnection, now: datetime) -> list[Row[Any]]:
    """What is to be sent now, oldest first; an opening that is over before it could be told is left out."""
    still = (alarm_deliveries.c.state == State.CLOSED.value) | incidents.c.closed_at.is_(None)
    query = (
        select(
            incidents, alarm_deliveries.c.id.label("delivery_id"), alarm_deliveries.c.state, alarm_deliveries.c.tries
        )
        .join(alarm_deliveries, alarm_deliveries.c.incident_id == incidents.c.id)
        .where(alarm_deliveries.c.delivered_at.is_(None), alarm_deliveries.c.due_at <= func.greatest(now, func.now()))
        .where(still)
        .order_by(alarm_deliveries.c.id)
        .limit(AT_ONCE)
    )
    return list((await connection.execute(query)).all())


def _told(row: Row[Any]) -> dict[str, Any]:
    """An incident as the receiver gets it: nothing personal is in one."""
    return incident_body(row) | {
        "facts": row.facts,
        "stops_dialing": row.kind in STOPPING,
        "last_seen_at": moment(row.last_seen_at),
    }
