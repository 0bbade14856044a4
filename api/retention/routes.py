"""Hold, order an erasure, decide on one, and say how long recordings are kept."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.access import GuardedRoute, may
from api.auth.roles import Role
from api.auth.sessions import Person
from api.context import Connection, Here
from api.documentation import answers
from api.retention import service
from api.retention.schemas import Decision, Erasure, Given, Hold, NewRule, Rules
from api.schemas import Cursor, Id, Limit, Page

router = APIRouter(prefix="/api/v1", tags=["retention"], route_class=GuardedRoute)

# a hold takes nothing away: whoever may ask for one sets it at once; only the manager lets go (reliability.md §1)
HOLD = (Role.MANAGER, Role.QA_SUPERVISOR, Role.COMPLAINT_HANDLER, Role.AUDITOR)
Holder = Annotated[Person, may(*HOLD)]
Asker = Annotated[Person, may(Role.MANAGER, Role.COMPLAINT_HANDLER, Role.AUDITOR)]
Manager = Annotated[Person, may(Role.MANAGER)]


@router.post("/recordings/{call_id}/holds", status_code=201, responses=answers("unknown_recording", "not_present"))
async def set_hold(who: Holder, connection: Connection, call_id: Id, given: Given) -> Hold:
    """Nothing of this recording is taken away from now on, whatever a rule or an order says."""
    return await service.set_hold(connection, who, str(call_id), given.reason)


@router.get("/holds")
async def list_holds(
    _who: Holder,
    connection: Connection,
    call: Id | None = None,
    lifted: Annotated[bool, Query(examples=[True], description="the lifted ones too")] = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Hold]:
    """What is held, the latest first."""
    wanted = str(call) if call else None
    items, following = await service.list_holds(connection, wanted, not lifted, cursor, limit)
    return Page(items=items, next=following)


@router.post("/holds/{hold_id}/lift", responses=answers("unknown_hold", "hold_lifted"))
async def lift_hold(who: Manager, connection: Connection, hold_id: Id, given: Given) -> Hold:
    """Ends a hold."""
    return await service.lift_hold(connection, who, str(hold_id), given.reason)


@router.post(
    "/recordings/{call_id}/erasures",
    status_code=201,
    responses=answers("unknown_recording", "not_present", "erasure_open"),
)
async def ask_erasure(who: Asker, connection: Connection, here: Here, call_id: Id, given: Given) -> Erasure:
    """Asks that this recording be erased; a manager, and another person, decides."""
    return await service.order(connection, who, here.least_days, str(call_id), given.reason)


@router.get("/erasures")
async def list_erasures(
    _who: Asker, connection: Connection, here: Here, cursor: Cursor = None, limit: Limit = 50
) -> Page[Erasure]:
    """Every order to erase, the latest first."""
    items, following = await service.list_erasures(connection, here.least_days, cursor, limit)
    return Page(items=items, next=following)


@router.post("/erasures/{erasure_id}/approve", responses=answers("unknown_erasure", "own_order", "already_decided"))
async def approve_erasure(who: Manager, connection: Connection, here: Here, erasure_id: Id) -> Erasure:
    """The recording's key is destroyed within a minute, unless it is held or the law demands it still."""
    return await service.rule_on(connection, who, here.least_days, str(erasure_id), Decision.APPROVED)


@router.post("/erasures/{erasure_id}/refuse", responses=answers("unknown_erasure", "own_order", "already_decided"))
async def refuse_erasure(who: Manager, connection: Connection, here: Here, erasure_id: Id) -> Erasure:
    """The recording stays."""
    return await service.rule_on(connection, who, here.least_days, str(erasure_id), Decision.REFUSED)


@router.get("/retention")
async def get_retention(_who: Holder, connection: Connection, here: Here) -> Rules:
    """How long recordings are kept."""
    return await service.get_rules(connection, here.least_days)


@router.put("/retention", responses=answers("bad_subject", "below_minimum"))
async def put_retention(who: Manager, connection: Connection, here: Here, rule: NewRule) -> Rules:
    """Makes, changes or takes back the rule of a campaign, a region or everything."""
    return await service.put_rule(connection, who, here.least_days, rule)
