"""Tables of what comes after a call: the dispositions that may be given, and the callbacks that were promised."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from dialer.core.disposition import Meaning
from dialer.store.metadata import Id, Moment, metadata
from dialer.store.tables import PERSONAL

_MEANINGS = ",".join(f"'{meaning}'" for meaning in Meaning)

dispositions = Table(
    "dispositions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("campaign_id", Id, ForeignKey("campaigns.id"), nullable=True, comment="null = of the centre's usual set"),
    Column("code", Text, nullable=False),
    Column("meaning", Text, CheckConstraint(f"meaning in ({_MEANINGS})", name="meaning"), nullable=False),
    Column("text_zh", Text, nullable=False),
    Column("text_en", Text, nullable=False),
    Column("is_final", Boolean, nullable=False, comment="false = the number is tried again"),
    Column("delay_s", Integer, nullable=True, comment="until the next try; null = as the campaign says"),
    Column("most", Integer, nullable=True, comment="tries of the number in all; null = as the campaign says"),
    Column("other_number", Boolean, nullable=False, server_default=text("false"), comment="of the same person"),
    Column("hotkey", Text, nullable=False, server_default=""),
    Column("digit", Text, nullable=False, server_default="", comment="on the phone's keys"),
    Column("by_hand", Boolean, nullable=False, server_default=text("true"), comment="false = the network's word"),
    Column("is_active", Boolean, nullable=False, server_default=text("true")),
    Column("position", Integer, nullable=False, comment="the order in which they are shown"),
    UniqueConstraint("campaign_id", "code", postgresql_nulls_not_distinct=True),
)

callbacks = Table(
    "callbacks",
    metadata,
    Column("id", Id, primary_key=True, comment="the attempt in which it was promised"),
    Column("lead_id", Id, ForeignKey("leads.id"), nullable=False),
    Column("campaign_id", Id, nullable=False),
    Column("agent_id", Id, nullable=True, comment="a user's id; null = of the team"),
    Column("due_at", Moment, nullable=False, comment="what the person was told"),
    Column("note", Text, nullable=False, server_default="", info=PERSONAL),
    Column(
        "state",
        Text,
        CheckConstraint("state in ('open','done','cancelled')", name="state"),
        nullable=False,
        server_default="open",
    ),
    Column("made_at", Moment, nullable=False),
    Column("reminded_at", Moment, nullable=True),
    Column("handed_over_from", Id, nullable=True, comment="whose it was before it became the team's"),
    Column("handed_over_at", Moment, nullable=True),
    Column("ended_at", Moment, nullable=True),
    Column("ended_by", Id, nullable=True, comment="the attempt that kept it, or who cancelled it"),
    Index("uq_callbacks_open", "lead_id", unique=True, postgresql_where=text("state = 'open'")),
    Index("ix_callbacks_agent", "agent_id", "due_at", postgresql_where=text("state = 'open'")),
    Index("ix_callbacks_lead", "lead_id"),
)
