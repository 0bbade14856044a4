"""Take a list of recordings away as a file."""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from api.access import GuardedRoute, may
from api.auth.sessions import Person
from api.context import Here
from api.documentation import answers
from api.errors import Forbidden
from api.exports.columns import Sight
from api.exports.rules import EXPORTERS, sees_persons
from api.exports.schemas import ExportOrder
from api.exports.service import MEDIA, Order
from api.recordings.listing import understood
from api.recordings.routes import SEARCHES

router = APIRouter(prefix="/api/v1/exports", tags=["exports"], route_class=GuardedRoute)

Exporter = Annotated[Person, may(*EXPORTERS)]
FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file",
        "content": {
            media.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}} for media in MEDIA.values()
        },
        "headers": {"X-Total-Rows": {"description": "rows below the head", "schema": {"type": "integer"}}},
    }
}
FAULTS = ("too_many_rows", "exports_busy", "ledger_unavailable", "storage_unavailable")


@router.post("/recordings", response_class=Response, responses=FILE | answers(*SEARCHES, *FAULTS))
async def export_recordings(who: Exporter, here: Here, request: Request, order: ExportOrder) -> Response:
    """The list under these filters as CSV (streamed) or XLSX (made first), at most 1,048,575 rows, newest first.

    The ledger has who, what, why and from where before the first byte leaves, and afterwards the file's hash and
    whether all of it left. A statistician's file has neither agents nor numbers, and cannot be asked for by them.
    """
    if not sees_persons(who.roles) and (order.filters.agent or order.filters.phone):
        raise Forbidden
    filters, _ = understood(order.filters, None, here.zone, "body.filters")
    address = request.client.host if request.client else None
    sight = Sight(who.roles, order.lang, here.zone)
    return await here.exports.take(Order(who, address, filters, order.form, sight, order.why))
