"""What the console's pages ask."""

from pydantic import Field

from api.schemas import Answer


class Centre(Answer):
    """What holds for the whole centre."""

    zone: str = Field(description="all days and hours are in this time zone", examples=["Asia/Shanghai"])
    practice: bool = Field(description="whether there is a practice floor here")
