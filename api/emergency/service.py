"""The emergency stop in the database: one row for each, closed when it is lifted; every change wakes the engines."""

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.sessions import Person
from api.auth.tables import users
from api.campaigns.rules import How
from api.campaigns.service import CHANNEL
from api.emergency.schemas import EmergencyStop, StopEverything
from api.ids import new_id
from dialer.store import events
from dialer.store.tables import emergency_stops

ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtext('emergency_stop'))")


async def standing(connection: AsyncConnection) -> EmergencyStop:
    """The stop that holds now, or that none does."""
    stop = emergency_stops.c
    query = (
        select(stop.how, stop.reason, stop.at, users.c.username)
        .outerjoin_from(emergency_stops, users, users.c.id == stop.stopped_by)
        .where(stop.lifted_at.is_(None))
    )
    row = (await connection.execute(query)).first()
    if row is None:
        return EmergencyStop(active=False)
    return EmergencyStop(active=True, how=How(row.how), reason=row.reason, by=row.username, at=row.at)


async def stop_everything(connection: AsyncConnection, who: Person, stop: StopEverything) -> EmergencyStop:
    """Orders the stop; one that holds already gives way to this one, so that a drain may become a cut."""
    await connection.execute(ONE_AT_A_TIME)
    await _close(connection, who)
    row = {"id": new_id(), "how": stop.how.value, "reason": stop.reason, "stopped_by": who.id}
    await connection.execute(insert(emergency_stops).values(row))
    return await _told(connection)


async def lift(connection: AsyncConnection, who: Person) -> EmergencyStop:
    """Lets everything go on; nothing changes when nothing is stopped."""
    await connection.execute(ONE_AT_A_TIME)
    if not await _close(connection, who):
        return await standing(connection)
    return await _told(connection)


async def _close(connection: AsyncConnection, who: Person) -> bool:
    holding = update(emergency_stops).where(emergency_stops.c.lifted_at.is_(None))
    closed = await connection.execute(holding.values(lifted_at=func.now(), lifted_by=who.id))
    return closed.rowcount > 0


async def _told(connection: AsyncConnection) -> EmergencyStop:
    now = await standing(connection)
    await events.note_emergency_stop(connection, now.model_dump(mode="json"))
    await connection.execute(select(func.pg_notify(CHANNEL, "")))
    return now
