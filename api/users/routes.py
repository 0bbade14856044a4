"""Who may log in; logging a person out everywhere."""

from typing import Annotated

from fastapi import APIRouter

from api.access import GuardedRoute, may
from api.auth.roles import Role
from api.auth.sessions import Person
from api.context import Connection, Here
from api.documentation import answers
from api.schemas import Cursor, Id, Limit, Page
from api.users import service
from api.users.schemas import User

router = APIRouter(prefix="/api/v1/users", tags=["users"], route_class=GuardedRoute)

Keeper = Annotated[Person, may(Role.MANAGER, Role.SYSTEM_ADMINISTRATOR)]


@router.get("")
async def list_users(
    _who: Keeper, connection: Connection, here: Here, cursor: Cursor = None, limit: Limit = 50
) -> Page[User]:
    """Everybody who has an account, newest first."""
    items, following = await service.list_users(connection, here.session_idle, cursor, limit)
    return Page(items=items, next=following)


@router.delete("/{user_id}/sessions", status_code=204, responses=answers("unknown_user"))
async def end_sessions(who: Keeper, connection: Connection, user_id: Id) -> None:
    """Logs a person out everywhere, at once."""
    await service.end_sessions(connection, who, str(user_id))
