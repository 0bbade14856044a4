"""When the centre calls in each region."""

from typing import Annotated

from fastapi import APIRouter

from api.access import GuardedRoute, may
from api.auth.roles import Role
from api.auth.sessions import Person
from api.calendars import service
from api.calendars.schemas import Calendars, NewCalendar
from api.context import Connection

router = APIRouter(prefix="/api/v1/calendars", tags=["calendars"], route_class=GuardedRoute)

_WORKING = (Role.MANAGER, Role.SUPERVISOR, Role.TEAM_LEADER, Role.AGENT, Role.BUSINESS_SUPERVISOR)
_LOOKING = (Role.DATA_ENTRY_CLERK, Role.QA_SUPERVISOR, Role.QA_INSPECTOR, Role.AUDITOR)
Reader = Annotated[Person, may(*_WORKING, *_LOOKING)]
Leader = Annotated[Person, may(Role.MANAGER, Role.SUPERVISOR)]


@router.get("")
async def list_calendars(_who: Reader, connection: Connection) -> Calendars:
    """The centre's calendar, which holds everywhere, and those of the regions."""
    return await service.list_calendars(connection)


@router.put("")
async def put_calendar(who: Leader, connection: Connection, wanted: NewCalendar) -> Calendars:
    """Makes, changes or takes back the calendar of a region or of the whole centre; the dialer keeps it at once.

    It can only narrow the hours of country and campaign. Numbers whose region is not known keep every calendar.
    """
    return await service.put_calendar(connection, who, wanted)
