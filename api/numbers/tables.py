"""Imports of numbers, what was rejected, what each region's columns mean, and who is a customer already."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from dialer.store.metadata import Id, Moment, metadata
from dialer.store.tables import NOW, PERSONAL

STATES = "state in ('uploading','reading','ready','waiting','running','done','failed','cancelled','undoing','undone')"
NOT_OVER = "sha256 is not null and state not in ('failed','cancelled','undone')"

imports = Table(
    "imports",
    metadata,
    Column("id", Id, primary_key=True),
    Column("campaign_id", Id, ForeignKey("campaigns.id"), nullable=False),
    Column("list_id", Id, ForeignKey("lists.id"), nullable=True, comment="null = not begun"),
    Column("list_name", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("file_name", Text, nullable=False, comment="as the person's own machine calls it; never a path of ours"),
    Column("size_bytes", BigInteger, nullable=False),
    Column("received_bytes", BigInteger, nullable=False, server_default="0"),
    Column("sha256", Text, nullable=True, comment="of the file as sent; null = not read yet"),
    Column("state", Text, CheckConstraint(STATES, name="state"), nullable=False),
    Column("why", Text, nullable=True, comment="the word for why it failed"),
    Column("encoding", Text, nullable=True),
    Column("heads", JSONB, nullable=True, comment="the columns' names"),
    Column("meanings", JSONB, nullable=True, comment="what each column means: proposed, then chosen"),
    Column("sample", JSONB, nullable=True, comment="the first rows, numbers masked"),
    Column("has_header", Integer, nullable=False, server_default="1", comment="rows before the first person: 0 or 1"),
    Column("across", Text, CheckConstraint("across in ('reject','allow')", name="across"), nullable=False),
    Column("consent_source", Text, nullable=False, server_default=""),
    Column("consent_basis", Text, nullable=False, server_default=""),
    Column("consent_proof", Text, nullable=False, server_default=""),
    Column("rows", Integer, nullable=False, server_default="0"),
    Column("rows_done", Integer, nullable=False, server_default="0"),
    Column("position", BigInteger, nullable=False, server_default="0", comment="where the next row begins"),
    Column("accepted", Integer, nullable=False, server_default="0", comment="numbers that became leads"),
    Column("without_consent", Integer, nullable=False, server_default="0", comment="of them, those that wait"),
    Column("rejected", JSONB, nullable=False, server_default=text("'{}'"), comment="how many, by reason"),
    Column("kept", Integer, nullable=True, comment="leads that an undo left, because they were used meanwhile"),
    Column("created_by", Id, nullable=False),
    Column("created_at", Moment, nullable=False, server_default=NOW),
    Column("began_at", Moment, nullable=True),
    Column("ended_at", Moment, nullable=True),
    Index(
        "uq_imports_file",
        "campaign_id",
        "sha256",
        unique=True,
        postgresql_where=text(NOT_OVER),
    ),
    Index("ix_imports_open", "id", postgresql_where=text("state in ('reading','waiting','running','undoing')")),
)

import_rejects = Table(
    "import_rejects",
    metadata,
    Column("import_id", Id, ForeignKey("imports.id"), nullable=False),
    Column("row", Integer, nullable=False, comment="as the person's program for sheets counts them, from 1"),
    Column("head", Text, nullable=False, comment="the column; empty = the row"),
    Column("reason", Text, nullable=False),
    Column("value", Text, nullable=False, comment="masked"),
    Index("ix_import_rejects_import_id", "import_id", "row"),
)

import_columns = Table(
    "import_columns",
    metadata,
    Column("region", Text, primary_key=True),
    Column("head", Text, primary_key=True, comment="folded: see rules.head_key"),
    Column("meaning", Text, nullable=False),
)

registered_numbers = Table(
    "registered_numbers",
    metadata,
    Column("number", Text, primary_key=True, info=PERSONAL, comment="a customer has this service already"),
    Column("since", Moment, nullable=False, server_default=NOW),
)

number_orders = Table(
    "number_orders",
    metadata,
    Column("id", Id, primary_key=True, comment="chosen by who orders: the same order twice is one"),
    Column("kind", Text, nullable=False),
    Column("by", Id, nullable=False),
    Column("at", Moment, nullable=False, server_default=NOW),
    Column("asked", JSONB, nullable=False),
    Column("answer", JSONB, nullable=True, comment="null = being carried out"),
)

number_shifts = Table(
    "number_shifts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("user_id", Id, ForeignKey("users.id"), nullable=False),
    Column("holder", Text, CheckConstraint("holder in ('leader','agent')", name="holder"), nullable=False),
    Column("closed_at", Moment, nullable=False, server_default=NOW),
    Column("closed_by", Id, nullable=False),
    Column("request_id", Id, nullable=False),
    Column("figures", JSONB, nullable=False, comment="since the close before"),
    Column("sums", JSONB, nullable=False, comment="since ever: the next close counts from here"),
    Index("ix_number_shifts_user", "user_id", "holder", "id"),
)

number_refusals = Table(
    "number_refusals",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Moment, nullable=False, server_default=NOW),
    Column("agent_id", Id, ForeignKey("users.id"), nullable=False),
    Column("campaign_id", Id, nullable=True, comment="null = the only one of the agent's session"),
    Column("number", Text, nullable=False, info=PERSONAL),
    Column("reason", Text, nullable=False),
    Index("ix_number_refusals_agent", "agent_id", "id"),
)
