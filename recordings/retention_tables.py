"""How long recordings are kept, what is held back from it, and what was ordered to be erased."""

from sqlalchemy import CheckConstraint, Column, Index, Integer, PrimaryKeyConstraint, Table, Text, func

from dialer.store.metadata import Id, Moment, metadata

retention_rules = Table(
    "retention_rules",
    metadata,
    Column("scope", Text, CheckConstraint("scope in ('everything','region','campaign')", name="scope")),
    Column("subject", Text, nullable=False, comment="a campaign's id, a region, or empty"),
    Column("days", Integer, nullable=False),
    Column("changed_by", Id, nullable=False),
    Column("changed_at", Moment, nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("scope", "subject"),
)

holds = Table(
    "holds",
    metadata,
    Column("id", Id, primary_key=True),
    Column("call_id", Id, nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("set_by", Id, nullable=False),
    Column("set_at", Moment, nullable=False),
    Column("lifted_by", Id, nullable=True),
    Column("lifted_at", Moment, nullable=True, comment="null = in force"),
    Column("lift_reason", Text, nullable=True),
)

erasures = Table(
    "erasures",
    metadata,
    Column("id", Id, primary_key=True),
    Column("call_id", Id, nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_by", Id, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("decided_by", Id, nullable=True, comment="never who asked"),
    Column("decided_at", Moment, nullable=True),
    Column("decision", Text, CheckConstraint("decision in ('approved','refused')", name="decision"), nullable=True),
    Column("done_at", Moment, nullable=True, comment="when the key was destroyed"),
    CheckConstraint("decided_by is null or decided_by <> asked_by", name="two_persons"),
)
Index(
    "uq_erasures_open",
    erasures.c.call_id,
    unique=True,
    postgresql_where=erasures.c.done_at.is_(None) & erasures.c.decision.is_distinct_from("refused"),
)
