"""Who is alarmed, in the database."""

from collections.abc import Collection

from sqlalchemy import delete, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.alarms.schemas import Receiver, Receivers
from api.auth.roles import Role
from api.auth.sessions import Person
from api.auth.tables import user_roles, users
from api.errors import NotFound
from recordings.tables import alarm_receivers
from recordings.webhook import DEFAULT_ROLES

ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtext('alarm_receivers'))")


async def receivers(connection: AsyncConnection) -> Receivers:
    """Whom alarms are for now; somebody whose account was closed is not."""
    asked = select(users.c.id, users.c.username, users.c.name).where(users.c.active).order_by(users.c.username)
    named = asked.join(alarm_receivers, alarm_receivers.c.user_id == users.c.id)
    found = [Receiver(**row) for row in (await connection.execute(named)).mappings()]
    by_role = select(user_roles.c.user_id).where(user_roles.c.role.in_(DEFAULT_ROLES))
    people = found or [
        Receiver(**row) for row in (await connection.execute(asked.where(users.c.id.in_(by_role)))).mappings()
    ]
    return Receivers(named=found, roles=[Role(role) for role in DEFAULT_ROLES], people=people)


async def name_receivers(connection: AsyncConnection, who: Person, user_ids: Collection[str]) -> Receivers:
    """Puts these people on duty in place of those before. Raises NotFound for somebody unknown or closed."""
    await connection.execute(ONE_AT_A_TIME)
    asked = select(users.c.id, users.c.username, users.c.name).where(users.c.active, users.c.id.in_(user_ids))
    found = (await connection.execute(asked)).all()
    if len(found) < len(set(user_ids)):
        raise NotFound("unknown_user", "There is no active account with one of these ids.")
    await connection.execute(delete(alarm_receivers))
    if found:
        rows = [{"user_id": row.id, "username": row.username, "name": row.name, "set_by": who.id} for row in found]
        await connection.execute(insert(alarm_receivers).values(rows))
    return await receivers(connection)
