"""Numbers: imported by the clerk, in lists of a campaign."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from api.access import GuardedRoute, may
from api.auth.roles import Role
from api.auth.sessions import Person
from api.context import Connection, Here
from api.documentation import answers
from api.numbers import checking, service
from api.numbers.schemas import (
    FILE_MAX,
    PIECE_MAX,
    ChangeList,
    ConsentProof,
    Import,
    ImportCheck,
    List,
    NewImport,
    StartImport,
)
from api.schemas import Cursor, Id, Limit, Page

router = APIRouter(prefix="/api/v1/numbers", tags=["numbers"], route_class=GuardedRoute)

Importer = Annotated[Person, may(Role.DATA_ENTRY_CLERK, Role.SUPERVISOR, Role.MANAGER)]
Reader = Annotated[
    Person,
    may(
        *(Role.DATA_ENTRY_CLERK, Role.SUPERVISOR, Role.MANAGER, Role.TEAM_LEADER),
        *(Role.BUSINESS_SUPERVISOR, Role.STATISTICIAN, Role.AUDITOR),
    ),
]
PIECE = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {
                "schema": {"type": "string", "format": "binary", "minLength": 1, "maxLength": PIECE_MAX}
            }
        },
    }
}
Offset = Annotated[int, Query(ge=0, le=FILE_MAX, examples=[PIECE_MAX], description="where the piece belongs")]
OfCampaign = Annotated[Id | None, Query(description="only of this campaign")]


@router.post("/imports", status_code=201, responses=answers("unknown_campaign", "campaign_stopped"))
async def create_import(who: Importer, connection: Connection, new: NewImport) -> Import:
    """An import that waits for its file: send that in pieces by PUT .../file."""
    return await service.create(connection, who, new)


@router.put(
    "/imports/{import_id}/file",
    openapi_extra=PIECE,
    responses=answers("unknown_import", "wrong_import_state", "wrong_offset", "too_many_bytes", "content_too_large"),
)
async def send_file(_who: Importer, here: Here, import_id: Id, request: Request, offset: Offset = 0) -> Import:
    """A piece of the file, at most 4 MiB; after a break go on from `received_bytes`. With the last one it is read."""
    return await service.receive(here.engine, here.paths.imports, str(import_id), offset, await request.body())


@router.get("/imports")
async def list_imports(
    _who: Reader, connection: Connection, campaign_id: OfCampaign = None, cursor: Cursor = None, limit: Limit = 50
) -> Page[Import]:
    """All imports, newest first."""
    of = str(campaign_id) if campaign_id else None
    items, following = await service.list_imports(connection, cursor, limit, of)
    return Page(items=items, next=following)


@router.get("/imports/{import_id}", responses=answers("unknown_import"))
async def get_import(_who: Reader, connection: Connection, import_id: Id) -> Import:
    """One import: how far it is, what its columns mean, what was rejected."""
    return await service.get(connection, str(import_id))


@router.post(
    "/imports/{import_id}/start",
    responses=answers("unknown_import", "wrong_import_state", "bad_columns", "no_phone_column"),
)
async def start_import(
    _who: Importer, connection: Connection, import_id: Id, chosen: StartImport | None = None
) -> Import:
    """Makes leads of its rows; without a proof of consent they wait, and nobody is dialed."""
    return await service.start(connection, str(import_id), chosen or StartImport())


@router.post(
    "/imports/{import_id}/check",
    responses=answers("unknown_import", "wrong_import_state", "bad_columns", "no_phone_column"),
)
async def check_import(
    _who: Importer, here: Here, connection: Connection, import_id: Id, chosen: StartImport | None = None
) -> ImportCheck:
    """What would become of its first rows, if it were started so; nothing is changed."""
    return await checking.check(connection, here.paths.imports, str(import_id), chosen or StartImport())


@router.post("/imports/{import_id}/cancel", responses=answers("unknown_import", "wrong_import_state"))
async def cancel_import(_who: Importer, here: Here, connection: Connection, import_id: Id) -> Import:
    """Ends it where it is; the leads it has made can be undone."""
    return await service.cancel(connection, here.paths.imports, str(import_id))


@router.post("/imports/{import_id}/undo", responses=answers("unknown_import", "wrong_import_state", "numbers_in_use"))
async def undo_import(_who: Importer, connection: Connection, import_id: Id) -> Import:
    """Takes all its numbers out again, while none of them was used."""
    return await service.undo(connection, str(import_id))


@router.get(
    "/imports/{import_id}/rejects",
    response_class=StreamingResponse,
    responses=answers("unknown_import")
    | {200: {"content": {"text/csv": {"schema": {"type": "string"}, "example": "行 Row,列 Column,..."}}}},
)
async def get_rejects(_who: Importer, here: Here, import_id: Id) -> StreamingResponse:
    """Every row and number that is no lead, with its reason, as CSV that is safe to open; numbers masked."""
    async with here.engine.connect() as connection:
        await service.get(connection, str(import_id))
    disposition = f'attachment; filename="rejects-{import_id}.csv"'
    rows = service.rejects(here.engine, str(import_id))
    return StreamingResponse(rows, media_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition})


@router.get("/lists")
async def list_lists(
    _who: Reader, connection: Connection, campaign_id: OfCampaign = None, cursor: Cursor = None, limit: Limit = 50
) -> Page[List]:
    """All lists, newest first, with what became of their numbers."""
    items, following = await service.list_lists(connection, cursor, limit, str(campaign_id) if campaign_id else None)
    return Page(items=items, next=following)


@router.patch("/lists/{list_id}", responses=answers("unknown_list"))
async def change_list(_who: Importer, connection: Connection, list_id: Id, change: ChangeList) -> List:
    """Switches a list on or off for the dialer, or changes its priority or weight."""
    return await service.change_list(connection, str(list_id), change)


@router.put("/lists/{list_id}/consent", responses=answers("unknown_list", "consent_incomplete"))
async def give_consent(_who: Importer, connection: Connection, list_id: Id, proof: ConsentProof) -> List:
    """Files the proof of consent for those of its numbers that wait for one."""
    return await service.give_consent(connection, str(list_id), proof)
