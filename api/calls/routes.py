"""Every attempt; manual calls, hangup, disposition."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from api.access import GuardedRoute, may
from api.auth.roles import Role
from api.auth.sessions import Person
from api.calls import service
from api.calls.rules import SEE_ALL
from api.calls.schemas import Call, CallDetail, CallOpened, Dispose, ManualCall, WholeNumber
from api.context import Connection, Here
from api.documentation import ENGINE, GATES, answers
from api.schemas import Cursor, Id, Limit, Line, Page, Reason
from api.witness import doer_of

router = APIRouter(prefix="/api/v1/calls", tags=["calls"], route_class=GuardedRoute)

Reader = Annotated[Person, may(*SEE_ALL, Role.AGENT)]
Seller = Annotated[Person, may(Role.AGENT, Role.TEAM_LEADER)]
# reliability.md §1, "full number"
NumberReader = Annotated[Person, may(Role.DATA_ENTRY_CLERK, Role.COMPLAINT_HANDLER)]
Ender = Annotated[Person, may(Role.AGENT, Role.TEAM_LEADER, Role.SUPERVISOR, Role.MANAGER)]


def _filters(
    agent: Annotated[Line | None, Query(description="user id or user name")] = None,
    campaign: Id | None = None,
    number: Annotated[Line | None, Query(description="whole number or its last four digits")] = None,
) -> service.Filters:
    return service.Filters(agent, str(campaign) if campaign else None, number)


@router.get("", responses=answers("malformed_number"))
async def list_calls(
    who: Reader,
    connection: Connection,
    filters: Annotated[service.Filters, Depends(_filters)],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Call]:
    """Attempts, newest first; an agent sees his own."""
    items, following = await service.list_calls(connection, who, filters, cursor, limit)
    return Page(items=items, next=following)


@router.post("", status_code=201, responses=answers(*ENGINE, *GATES))
async def dial(who: Seller, here: Here, call: ManualCall) -> CallOpened:
    """Dials a number by hand; every gate may refuse it with its reason."""
    return CallOpened(call_id=await service.dial(here, who, call))


@router.post(
    "/{call_id}/redial",
    status_code=201,
    responses=answers(*ENGINE, *GATES, "unknown_call", "not_last_call", "not_in_wrap_up"),
)
async def redial(who: Seller, here: Here, call_id: Id) -> CallOpened:
    """Dials your last call once more, in its wrap-up or after it; every gate may refuse it with its reason."""
    return CallOpened(call_id=await service.redial(here, who, str(call_id)))


@router.get("/{call_id}", responses=answers("unknown_call"))
async def get_call(who: Reader, connection: Connection, call_id: Id) -> CallDetail:
    """One attempt with its timeline."""
    return await service.get_call(connection, who, str(call_id))


@router.post(
    "/{call_id}/hangup",
    status_code=204,
    responses=answers(*ENGINE, "no_session", "unknown_call", "not_your_call"),
)
async def hang_up(who: Ender, here: Here, call_id: Id) -> None:
    """Ends the call: an agent his own, a supervisor or manager any."""
    await service.hang_up(here, who, str(call_id))


@router.post(
    "/{call_id}/disposition",
    status_code=204,
    responses=answers(
        *ENGINE,
        "no_session",
        "unknown_call",
        "not_your_call",
        "not_in_wrap_up",
        "unknown_disposition",
        "bad_callback_time",
        "campaign_not_running",
    ),
)
async def dispose(who: Seller, here: Here, call_id: Id, body: Dispose) -> None:
    """Says what came of the call, in wrap-up."""
    await service.dispose(here, who, str(call_id), body)


@router.post("/{call_id}/number", responses=answers("unknown_call", "ledger_unavailable"))
async def reveal_number(who: NumberReader, here: Here, request: Request, call_id: Id, reason: Reason) -> WholeNumber:
    """The customer's whole number, for a reason; the ledger has it before you do."""
    return await service.reveal_number(here, doer_of(request, who), str(call_id), reason.why)


@router.post(
    "/{call_id}/pause-recording",
    status_code=204,
    responses=answers(*ENGINE, "no_session", "unknown_call", "not_your_call", "state_forbidden"),
)
async def pause_recording(who: Seller, here: Here, call_id: Id) -> None:
    """Nothing is recorded while a card's number is said: for two minutes at the most, and the interval is kept."""
    await service.pause_recording(here, who, str(call_id), True)


@router.post(
    "/{call_id}/resume-recording",
    status_code=204,
    responses=answers(*ENGINE, "no_session", "unknown_call", "not_your_call", "state_forbidden"),
)
async def resume_recording(who: Seller, here: Here, call_id: Id) -> None:
    """Records again; nothing changes where nothing was paused."""
    await service.pause_recording(here, who, str(call_id), False)
