"""The answer of a test."""

from pydantic import Field

from api.schemas import Answer, Id


class SelfTest(Answer):
    """What came of a test call; `why` says why it did not come through: nothing is dialed until one does."""

    id: Id
    ok: bool
    why: str = Field(examples=["there is no file of the agent's leg"])
