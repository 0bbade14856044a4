"""Whether every call of a day is recorded or accounted for: figures, what is open, the signed certificate."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.access import GuardedRoute, may
from api.auth.roles import Role
from api.auth.sessions import Person
from api.completeness import service
from api.completeness.schemas import Certificate, Completeness, Form, OpenCall
from api.context import Connection, Here
from api.documentation import answers
from api.filters import checked_day
from api.schemas import Cursor, Limit, Line, Page
from recordings.completeness import completeness, day_bounds

router = APIRouter(prefix="/api/v1/completeness", tags=["completeness"], route_class=GuardedRoute)

Counter = Annotated[Person, may(Role.MANAGER, Role.SUPERVISOR, Role.QA_SUPERVISOR, Role.QA_INSPECTOR, Role.AUDITOR)]
Day = Annotated[Line, Query(examples=["2026-11-24"], description="a day of the centre's zone")]
PDF = "application/pdf"
FORMS: dict[int | str, dict[str, Any]] = {
    200: {"model": Certificate, "content": {PDF: {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get("", responses=answers("bad_day"))
async def count_day(_who: Counter, connection: Connection, here: Here, day: Day) -> Completeness:
    """Every call of the day: present, absent with its reason, or open."""
    counted = await completeness(connection, checked_day(day, "query.day"), here.zone.key)
    return Completeness.model_validate(counted)


@router.get("/open", responses=answers("bad_day"))
async def list_open(
    _who: Counter, connection: Connection, here: Here, day: Day, cursor: Cursor = None, limit: Limit = 50
) -> Page[OpenCall]:
    """The day's calls that are neither present nor absent yet, newest first, each with why."""
    start, end = day_bounds(checked_day(day, "query.day"), here.zone.key)
    items, following = await service.list_open(connection, start, end, cursor, limit)
    return Page(items=items, next=following)


@router.get("/certificate", response_class=Response, responses=FORMS | answers("bad_day", "key_missing"))
async def get_certificate(
    _who: Counter,
    here: Here,
    day: Day,
    form: Annotated[Form, Query(alias="format", description="what is signed, or a page to be filed")] = Form.JSON,
) -> Response:
    """The signed certificate of a day that is over, as it was made that night; of another day, made now."""
    wanted = checked_day(day, "query.day")
    content = await service.certificate(here, wanted, form)
    kind = PDF if form is Form.PDF else "application/json"
    named = {"Content-Disposition": f'attachment; filename="tianzhou-{wanted.isoformat()}.{form.value}"'}
    return Response(content, media_type=kind, headers=named | {"Cache-Control": "private, no-store"})
