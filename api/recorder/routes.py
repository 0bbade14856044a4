"""The recorder: a test call now."""

from typing import Annotated

from fastapi import APIRouter

from api.access import GuardedRoute, may
from api.auth.roles import Role
from api.auth.sessions import Person
from api.context import Here
from api.documentation import ENGINE, answers
from api.recorder import service
from api.recorder.schemas import SelfTest

router = APIRouter(prefix="/api/v1/recorder", tags=["recordings"], route_class=GuardedRoute)

Tester = Annotated[Person, may(Role.MANAGER, Role.QA_SUPERVISOR, Role.QA_INSPECTOR, Role.SYSTEM_ADMINISTRATOR)]


@router.post("/self-test", responses=answers(*ENGINE, "asterisk_down"))
async def test_recorder(who: Tester, here: Here) -> SelfTest:
    """A test call without a customer goes through the recorder now; it takes some five seconds."""
    return await service.test_recorder(here, who)
