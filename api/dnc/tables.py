"""Who asked that an entry of the do-not-call list be taken back, and who agreed."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text, text

from dialer.store.metadata import Id, Moment, metadata

dnc_withdrawals = Table(
    "dnc_withdrawals",
    metadata,
    Column("id", Id, primary_key=True),
    Column("entry_id", Id, nullable=False, comment="of dnc or dnc_prefixes"),
    Column("reason", Text, nullable=False),
    Column("asked_by", Id, ForeignKey("users.id"), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column(
        "decision",
        Text,
        CheckConstraint("decision in ('approved','refused')", name="decision"),
        nullable=True,
        comment="null = nobody decided yet",
    ),
    Column("decided_by", Id, nullable=True),
    Column("decided_at", Moment, nullable=True),
    Index("uq_dnc_withdrawals_open", "entry_id", unique=True, postgresql_where=text("decision is null")),
)
