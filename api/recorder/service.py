"""Asks the engine for a test call."""

from api.auth.sessions import Person
from api.commands import CommandKind, ask_engine
from api.context import Context
from api.recorder.schemas import SelfTest

TIMEOUT_S = 25.0  # the call's three seconds, and the longest wait for its files


async def test_recorder(here: Context, who: Person) -> SelfTest:
    """One test on this node. Raises Refused, EngineUnavailable."""
    result = await ask_engine(here.desk, here.node, CommandKind.RECORDER_SELF_TEST, {}, who.id, TIMEOUT_S)
    return SelfTest.model_validate(result)
