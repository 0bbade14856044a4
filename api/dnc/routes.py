"""Who must not be called: read, added to, and taken back."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.access import GuardedRoute, may
from api.auth.roles import Role
from api.auth.sessions import Person
from api.context import Connection
from api.dnc import service
from api.dnc.schemas import Entry, NewNumber, NewPrefix, Ruling, Withdrawal, Withdrawing
from api.documentation import answers
from api.schemas import Cursor, Id, Limit, Line, Page

router = APIRouter(prefix="/api/v1/dnc", tags=["do not call"], route_class=GuardedRoute)

# whoever hears of a refusal enters it; a manager alone lets go of one (13 ministries 2018: never again)
_ADDING = (Role.MANAGER, Role.SUPERVISOR, Role.TEAM_LEADER, Role.DATA_ENTRY_CLERK, Role.COMPLAINT_HANDLER)
Adder = Annotated[Person, may(*_ADDING)]
Reader = Annotated[Person, may(*_ADDING, Role.BUSINESS_SUPERVISOR, Role.QA_SUPERVISOR, Role.AUDITOR)]
Leader = Annotated[Person, may(Role.MANAGER, Role.SUPERVISOR)]
Asker = Annotated[Person, may(Role.MANAGER, Role.SUPERVISOR, Role.COMPLAINT_HANDLER)]
Watcher = Annotated[Person, may(Role.MANAGER, Role.SUPERVISOR, Role.COMPLAINT_HANDLER, Role.AUDITOR)]
Manager = Annotated[Person, may(Role.MANAGER)]
Undecided = Annotated[bool, Query(alias="open", examples=[True], description="those not decided on")]
Withdrawn = Annotated[bool, Query(examples=[True], description="those taken back too")]


@router.get("", responses=answers("malformed_number"))
async def list_dnc_numbers(
    _who: Reader,
    connection: Connection,
    number: Annotated[Line | None, Query(description="whole number or its last four digits")] = None,
    withdrawn: Withdrawn = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Entry]:
    """Numbers that are not called, the latest first."""
    items, following = await service.list_numbers(connection, number, withdrawn, cursor, limit)
    return Page(items=items, next=following)


@router.get("/prefixes")
async def list_dnc_prefixes(
    _who: Reader, connection: Connection, withdrawn: Withdrawn = False, cursor: Cursor = None, limit: Limit = 50
) -> Page[Entry]:
    """Beginnings of numbers that are not called, the latest first."""
    items, following = await service.list_prefixes(connection, withdrawn, cursor, limit)
    return Page(items=items, next=following)


@router.post("", status_code=201, responses=answers("malformed_number", "unknown_campaign", "listed_already"))
async def add_dnc_number(who: Adder, connection: Connection, new: NewNumber) -> Entry:
    """This number is not called from the next dial on."""
    return await service.add_number(connection, who, new)


@router.post(
    "/prefixes", status_code=201, responses=answers("malformed_prefix", "unknown_campaign", "listed_already")
)
async def add_dnc_prefix(who: Leader, connection: Connection, new: NewPrefix) -> Entry:
    """Numbers that begin so are not called from the next dial on."""
    return await service.add_prefix(connection, who, new)


@router.post(
    "/{entry_id}/withdrawals",
    status_code=201,
    responses=answers("unknown_entry", "withdrawn_already", "withdrawal_open", "refused_again"),
)
async def withdraw_dnc(who: Asker, connection: Connection, entry_id: Id, why: Withdrawing) -> Withdrawal:
    """Takes an entry back; where the person asked to be left alone a manager, and another person, must agree."""
    return await service.withdraw(connection, who, str(entry_id), why.reason)


@router.get("/withdrawals")
async def list_dnc_withdrawals(
    _who: Watcher,
    connection: Connection,
    open_only: Undecided = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Withdrawal]:
    """What was to be taken back, the latest first."""
    items, following = await service.list_withdrawals(connection, open_only, cursor, limit)
    return Page(items=items, next=following)


_DECIDED = answers("unknown_withdrawal", "own_order", "already_decided", "withdrawn_already", "refused_again")


@router.post("/withdrawals/{withdrawal_id}/approve", responses=_DECIDED)
async def approve_dnc_withdrawal(who: Manager, connection: Connection, withdrawal_id: Id) -> Withdrawal:
    """The number may be called again; never where the person has refused again since it was asked for."""
    return await service.rule_on(connection, who, str(withdrawal_id), Ruling.APPROVED)


@router.post(
    "/withdrawals/{withdrawal_id}/refuse", responses=answers("unknown_withdrawal", "own_order", "already_decided")
)
async def refuse_dnc_withdrawal(who: Manager, connection: Connection, withdrawal_id: Id) -> Withdrawal:
    """The entry stays."""
    return await service.rule_on(connection, who, str(withdrawal_id), Ruling.REFUSED)
