"""Callbacks: one's own, the team's, those that are overdue; moved, handed over, cancelled."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.access import GuardedRoute, may
from api.auth.roles import Role
from api.auth.sessions import Person
from api.callbacks import service
from api.callbacks.rules import Which
from api.callbacks.schemas import Callback, ChangeCallback, State
from api.context import Connection
from api.documentation import answers
from api.schemas import Cursor, Id, Limit, Page

router = APIRouter(prefix="/api/v1/callbacks", tags=["callbacks"], route_class=GuardedRoute)

Caller = Annotated[Person, may(Role.MANAGER, Role.SUPERVISOR, Role.TEAM_LEADER, Role.AGENT)]


@router.get("")
async def list_callbacks(
    who: Caller,
    connection: Connection,
    which: Annotated[Which, Query(description="an agent sees his own and the team's")] = Which.ALL,
    state: State = State.OPEN,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Callback]:
    """Calls that were promised, the one promised last first."""
    items, following = await service.list_callbacks(connection, who, which, state, cursor, limit)
    return Page(items=items, next=following)


@router.patch(
    "/{callback_id}",
    responses=answers("unknown_callback", "callback_ended", "bad_callback_time", "unknown_user"),
)
async def change_callback(who: Caller, connection: Connection, callback_id: Id, change: ChangeCallback) -> Callback:
    """Another time, another agent or the team, or cancelled; only while it is open."""
    return await service.change_callback(connection, who, str(callback_id), change)
