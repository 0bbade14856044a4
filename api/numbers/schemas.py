"""Bodies and answers about lists and imports of numbers."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field, StrictBool, StringConstraints

from api.numbers.rules import COLUMNS_MAX, Meaning, RejectReason
from api.schemas import Answer, Body, Id, Line

FILE_MAX = 2_000_000_000  # bytes
PIECE_MAX = 4 * 1024 * 1024  # bytes of one upload


class ImportState(StrEnum):
    """How far an import is."""

    UPLOADING = "uploading"
    READING = "reading"
    READY = "ready"  # a person looks at the columns, then starts it
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNDOING = "undoing"
    UNDONE = "undone"


class FailReason(StrEnum):
    """Why a file was not imported."""

    EMPTY_FILE = "empty_file"
    OLD_EXCEL = "old_excel"
    BROKEN_EXCEL = "broken_excel"
    NO_TABLE = "no_table"
    TOO_LARGE = "too_large"
    TOO_MANY_COLUMNS = "too_many_columns"
    ALREADY_IMPORTED = "already_imported"
    FILE_LOST = "file_lost"


class Across(StrEnum):
    """What becomes of a number that another campaign has and nobody has used up."""

    REJECT = "reject"
    ALLOW = "allow"


Said = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300, pattern=r"^[^\u0000-\u001f]*$")]


class ConsentProof(Body):
    """Who got the people's consent and where, on which ground, and where its proof lies; all three or it is none."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"source": "营业厅协议", "basis": "书面同意营销来电", "proof": "档案柜 3-12，扫描件 2026-11"}
            ]
        },
    )

    source: Said = ""
    basis: Said = ""
    proof: Said = ""


class NewImport(Body):
    """A file of numbers about to be sent, and the list that its numbers come into."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "campaign_id": "019e2f6c-0d1c-7a52-9a3e-5b1f5c0e7a11",
                    "list_name": "广州 11月",
                    "region": "广东",
                    "file_name": "广州1126.xlsx",
                    "size_bytes": 48213,
                    "consent": {"source": "营业厅协议", "basis": "书面同意", "proof": "档案 3-12"},
                }
            ]
        },
    )

    campaign_id: Id
    list_name: Line
    region: Line
    file_name: Line
    size_bytes: int = Field(ge=1, le=FILE_MAX)
    consent: ConsentProof = ConsentProof()
    across: Across = Across.REJECT


class StartImport(Body):
    """What each column means, in their order, when it is not as proposed; remembered for the region."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"meanings": ["name", "phone"]}]})

    meanings: list[Meaning] | None = Field(None, min_length=1, max_length=COLUMNS_MAX)
    consent: ConsentProof | None = None


class Import(Answer):
    """An import as it stands now. `rows` are persons of the file, `accepted` numbers that became leads."""

    id: str
    campaign_id: str
    campaign_name: str
    list_id: str | None
    list_name: str
    region: str
    file_name: str
    state: ImportState
    why: FailReason | None
    size_bytes: int
    received_bytes: int
    encoding: str | None
    heads: list[str]
    meanings: list[Meaning]
    sample: list[list[str]] = Field(
        description="the first rows, numbers masked", examples=[[["王芳", "138****1234"]]]
    )
    across: Across
    consent: ConsentProof
    rows: int
    rows_done: int
    rows_per_s: float | None = Field(description="while it runs, and when it is done")
    accepted: int
    without_consent: int = Field(description="leads that wait for a proof of consent: never dialed before")
    rejected: dict[RejectReason, int]
    kept: int | None = Field(description="numbers that an undo left: they were used meanwhile")
    created_by: str
    created_at: datetime
    began_at: datetime | None
    ended_at: datetime | None


class ImportProblem(Answer):
    """A row, or one number of it, that would be no lead."""

    row: int = Field(description="as the person's program for sheets counts them, from 1", examples=[3])
    head: str = Field(description="the column; empty = the row")
    reason: RejectReason
    value: str = Field(description="masked", examples=["138****1234"])


class ImportCheck(Answer):
    """What would become of the file's first 5,000 rows, and the first 100 problems."""

    rows: int = Field(description="how many were looked at")
    accepted: int = Field(description="numbers that would become leads")
    without_consent: int
    rejected: dict[RejectReason, int]
    problems: list[ImportProblem]


class List(Answer):
    """A campaign's list, and what became of its numbers: leads = stock + leaders + agents + used + blocked."""

    id: str
    campaign_id: str
    campaign_name: str
    name: str
    region: str
    priority: int
    weight: int
    is_active: bool
    leads: int
    stock: int = Field(description="nobody has drawn them, and the dialer may call them")
    leaders: int = Field(description="drawn, not issued")
    agents: int = Field(description="issued")
    used: int
    blocked: int
    without_consent: int
    created_at: datetime


class ChangeList(Body):
    """What is to be otherwise of a list; everything left out stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"is_active": False}]})

    priority: int | None = Field(None, ge=0, le=100)
    weight: int | None = Field(None, ge=1, le=100)
    is_active: StrictBool | None = None
