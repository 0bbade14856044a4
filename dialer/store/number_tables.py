"""The number ledger: who passed how many numbers to whom, and which. Double entry; nothing of it is ever changed."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Identity, Index, Integer, Table, Text

from dialer.store.metadata import Id, Moment, metadata
from dialer.store.tables import NOW

number_moves = Table(
    "number_moves",
    metadata,
    Column("id", Id, primary_key=True),
    Column(
        "seq", BigInteger, Identity(always=True), unique=True, comment="of one number's moves the last is highest"
    ),
    Column(
        "kind",
        Text,
        CheckConstraint(
            "kind in ('draw','issue','take_back','return','transfer','use','block','undo','correct')",
            name="kind",
        ),
        nullable=False,
    ),
    Column("from_holder", Text, nullable=False),
    Column("from_id", Id, nullable=True, comment="a user's id; null = nobody's own account"),
    Column("to_holder", Text, nullable=False),
    Column("to_id", Id, nullable=True),
    Column("count", Integer, CheckConstraint("count > 0", name="count"), nullable=False),
    Column("root", Text, nullable=False, comment="RFC 6962 root over the leads' ids, in their order"),
    Column("at", Moment, nullable=False, server_default=NOW),
    Column("by", Id, nullable=True, comment="a user's id; null = the program, by the outcome of a call"),
    Column("request_id", Id, nullable=True, comment="the order it came of"),
    Column("call_id", Id, nullable=True, comment="the call whose outcome it is"),
    Column("reverses", Id, nullable=True, unique=True, comment="the move that this one undoes"),
    Column("why", Text, nullable=False, server_default=""),
    Index("ix_number_moves_from", "from_id", "from_holder"),
    Index("ix_number_moves_to", "to_id", "to_holder"),
    Index("ix_number_moves_request", "request_id"),
)

number_move_leads = Table(
    "number_move_leads",
    metadata,
    Column("move_id", Id, ForeignKey("number_moves.id"), primary_key=True),
    Column("lead_id", Id, primary_key=True, comment="stays when the lead of an undone import has gone"),
    Column("attempts", Integer, nullable=False, comment="how often it had been dialed by then"),
    Index("ix_number_move_leads_lead", "lead_id"),
)
