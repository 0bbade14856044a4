"""The number ledger: drawn, issued, taken back, returned; who has how many, and the close of a shift."""

from dataclasses import asdict, dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.access import GuardedRoute, may
from api.auth.roles import Role
from api.auth.sessions import Person
from api.context import Connection, Here
from api.documentation import answers
from api.filters import moment_from, moment_to
from api.numbers import holdings, move_list, moves, refusals, settling, shifts
from api.numbers.ledger_schemas import (
    Closed,
    CloseShift,
    Difference,
    Done,
    Draw,
    HeldLead,
    Holding,
    Holdings,
    Issue,
    Move,
    MoveDetail,
    PersonHolder,
    RefusedNumber,
    Return,
    Settle,
    Shift,
    Stock,
    TakeBack,
    Transfer,
    Undo,
)
from api.numbers.move_list import Filters
from api.schemas import Cursor, Id, Limit, Page
from dialer.core.holding import Account, Holder, MoveKind

router = APIRouter(prefix="/api/v1/numbers", tags=["number ledger"], route_class=GuardedRoute)

ORDER = ("request_reused", "no_team")
Leader = Annotated[Person, may(Role.TEAM_LEADER, Role.SUPERVISOR, Role.MANAGER)]
Commander = Annotated[Person, may(Role.SUPERVISOR, Role.MANAGER)]
Seller = Annotated[Person, may(Role.AGENT, Role.TEAM_LEADER, Role.SUPERVISOR, Role.MANAGER)]
OneWhoSells = Annotated[Person, may(Role.AGENT, Role.TEAM_LEADER)]
Reader = Annotated[
    Person,
    may(
        *(Role.AGENT, Role.TEAM_LEADER, Role.SUPERVISOR, Role.MANAGER, Role.DATA_ENTRY_CLERK),
        *(Role.BUSINESS_SUPERVISOR, Role.STATISTICIAN, Role.AUDITOR),
    ),
]
Moment = Annotated[str | None, Query(max_length=40, description="a day, or RFC 3339", examples=["2026-11-24"])]
OfPerson = Annotated[Id | None, Query(description="only of this person")]


@dataclass(frozen=True)
class _Ids:
    """The filters that are ids; null = any."""

    user_id: OfPerson = None
    lead_id: Annotated[Id | None, Query(description="every move of this number")] = None
    list_id: Annotated[Id | None, Query()] = None
    request_id: Annotated[Id | None, Query()] = None


def _filters(
    here: Here,
    named: Annotated[_Ids, Depends()],
    kind: Annotated[MoveKind | None, Query()] = None,
    since: Annotated[Moment, Query(alias="from")] = None,
    until: Annotated[Moment, Query(alias="to")] = None,
) -> Filters:
    return Filters(
        kind=kind,
        since=moment_from(since, here.zone, "query.from") if since else None,
        until=moment_to(until, here.zone, "query.to") if until else None,
        **{name: str(value) if value else None for name, value in asdict(named).items()},
    )


@router.get("/stock")
async def get_stock(_who: Leader, connection: Connection, campaign_id: Annotated[Id | None, Query()] = None) -> Stock:
    """What may be drawn now, by list, region and quality."""
    return Stock(items=await holdings.stock(connection, str(campaign_id) if campaign_id else None))


@router.post("/draws", responses=answers(*ORDER, "unknown_campaign"))
async def draw_numbers(who: Leader, connection: Connection, draw: Draw) -> Done:
    """Out of the stock to the leader; who asks for more than there is, or than his quota, is told what is short."""
    return await moves.draw(connection, who, draw)


@router.post("/issues", responses=answers(*ORDER, "not_your_agent"))
async def issue_numbers(who: Leader, connection: Connection, issue: Issue) -> Done:
    """The leader's numbers to agents of his team: each so many, or so many shared evenly, or those named."""
    return await moves.issue(connection, who, issue)


@router.post("/take-backs", responses=answers(*ORDER, "not_your_agent"))
async def take_back_numbers(who: Leader, connection: Connection, take_back: TakeBack) -> Done:
    """The agents' numbers back to their leader; what is being called now, and what was promised, stays."""
    return await moves.take_back(connection, who, take_back)


@router.post("/returns", responses=answers(*ORDER))
async def return_numbers(who: Seller, connection: Connection, giving: Return) -> Done:
    """A leader's numbers back to the stock; or, with `holder` agent, one's own back to one's leader."""
    return await moves.give_back(connection, who, giving)


@router.post("/transfers", responses=answers(*ORDER, "not_your_agent"))
async def transfer_numbers(who: Leader, connection: Connection, transfer: Transfer) -> Done:
    """From leader to leader, or between two agents of a team."""
    return await moves.transfer(connection, who, transfer)


@router.get("/moves")
async def list_moves(
    who: Reader,
    connection: Connection,
    filters: Annotated[Filters, Depends(_filters)],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Move]:
    """Moves, newest first: an agent his own, a leader his team's."""
    items, following = await move_list.list_moves(connection, who, filters, cursor, limit)
    return Page(items=items, next=following)


@router.get("/moves/{move_id}", responses=answers("unknown_move"))
async def get_move(who: Reader, connection: Connection, move_id: Id) -> MoveDetail:
    """One move: its numbers, where each is now, and which of them have moved on."""
    return await move_list.get_move(connection, who, str(move_id))


@router.post(
    "/moves/{move_id}/undo",
    responses=answers("unknown_move", "request_reused", "not_undoable", "undone_already", "numbers_moved_on"),
)
async def undo_move(who: Leader, connection: Connection, move_id: Id, undo: Undo) -> Done:
    """The counter-entry of a whole move, by who made it or a supervisor, while its numbers are untouched."""
    return await moves.undo(connection, who, str(move_id), undo)


@router.get("/holdings")
async def list_holdings(who: Reader, connection: Connection, user_id: OfPerson = None) -> Holdings:
    """Who has how many numbers, since the last close: an agent his own, a leader his team's."""
    found: list[Holding] = await holdings.holdings(connection, who, str(user_id) if user_id else None)
    return Holdings(items=found)


@router.get("/held")
async def list_held(
    who: OneWhoSells,
    connection: Connection,
    holder: PersonHolder = Holder.AGENT,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[HeldLead]:
    """The numbers that were issued to you or, with `holder` leader, that you have drawn and not issued."""
    items, following = await holdings.held_leads(connection, Account(holder, who.id), cursor, limit)
    return Page(items=items, next=following)


@router.get("/differences")
async def list_differences(who: Reader, connection: Connection) -> list[Difference]:
    """Numbers that are not where the moves say, of everybody whom you see; there should be none."""
    return await holdings.differences(connection, await holdings.visible_people(connection, who))


@router.post("/differences/settle", responses=answers("request_reused"))
async def settle_differences(who: Commander, connection: Connection, settle: Settle) -> Done:
    """Makes the moves say where these numbers are, with the reason; what is no difference is left out."""
    return await settling.settle(connection, who, settle)


@router.post("/shifts/close", responses=answers(*ORDER, "numbers_missing", "numbers_open"))
async def close_shift(who: Seller, connection: Connection, close: CloseShift) -> Closed:
    """Closes a shift of numbers: never with a difference, with open ones only when they are to be left open."""
    return await shifts.close(connection, who, close)


@router.get("/shifts")
async def list_shifts(
    who: Reader, connection: Connection, user_id: OfPerson = None, cursor: Cursor = None, limit: Limit = 50
) -> Page[Shift]:
    """Shifts that were closed, newest first, each with its figures."""
    items, following = await shifts.list_shifts(connection, who, str(user_id) if user_id else None, cursor, limit)
    return Page(items=items, next=following)


@router.get("/refused")
async def list_refused(
    who: Leader, connection: Connection, user_id: OfPerson = None, cursor: Cursor = None, limit: Limit = 50
) -> Page[RefusedNumber]:
    """What agents tried to call by hand and may not, newest first: a leader sees his team's."""
    items, following = await refusals.list_refused(connection, who, str(user_id) if user_id else None, cursor, limit)
    return Page(items=items, next=following)
