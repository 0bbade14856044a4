"""The evidence of one call."""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from api.access import GuardedRoute, current_session, may
from api.auth.roles import Role
from api.auth.sessions import Person
from api.context import Here
from api.documentation import answers
from api.evidence import service
from api.evidence.schemas import Wanted
from api.schemas import Id
from recordings.evidence.export import Asked

router = APIRouter(prefix="/api/v1", tags=["evidence"], route_class=GuardedRoute)

Taker = Annotated[Person, may(Role.MANAGER, Role.QA_SUPERVISOR, Role.COMPLAINT_HANDLER, Role.AUDITOR)]
ZIP = "application/zip"
ARCHIVE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The zip", "content": {ZIP: {"schema": {"type": "string", "format": "binary"}}}},
}
REASONS = (
    *("unknown_call", "audio_missing", "audio_broken", "key_missing", "no_ledger_key", "ledger_broken"),
    *("storage_unavailable", "ledger_unavailable"),
)


@router.post("/calls/{call_id}/evidence", response_class=Response, responses=ARCHIVE | answers(*REASONS))
async def export_evidence(who: Taker, here: Here, request: Request, call_id: Id, wanted: Wanted) -> Response:
    """A zip that proves itself offline: audio, time line, custody, signed checkpoint, proofs, `verify.py`.

    It holds the whole number. Who takes it, and why, is in the ledger before the first byte leaves.
    """
    address = request.client.host if request.client else None
    asked = Asked(str(call_id), who.id, current_session(request).id, address, wanted.reason)
    size, pieces = await service.export(here, asked)
    headers = {
        "Content-Length": str(size),
        "Content-Disposition": f'attachment; filename="evidence-{call_id}.zip"',
        "Cache-Control": "private, no-store",
    }
    return StreamingResponse(pieces, headers=headers, media_type=ZIP)
