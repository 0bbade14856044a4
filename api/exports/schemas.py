"""What is sent to take a list away."""

from enum import StrEnum

from pydantic import Field

from api.exports.words import Language
from api.recordings.schemas import Search
from api.schemas import Body, Line


class Form(StrEnum):
    """Of the file."""

    CSV = "csv"
    XLSX = "xlsx"


class ExportOrder(Body):
    """Which rows, in which form, and why."""

    filters: Search = Search()
    form: Form = Form.CSV
    lang: Language = Field(Language.ZH, description="of the head and of what the codes mean")
    why: Line = Field(description="what the file is for: it stands in the ledger", examples=["月度质检抽查"])
