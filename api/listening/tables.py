"""Who heard what, beside the ledger's rows that witness it; what was noted at a second of a recording."""

from sqlalchemy import CheckConstraint, Column, Index, Integer, Table, Text

from dialer.store.metadata import Id, Moment, metadata
from dialer.store.tables import PERSONAL

listenings = Table(
    "listenings",
    metadata,
    Column("id", Id, primary_key=True),
    Column("call_id", Id, nullable=False),
    Column("user_id", Id, nullable=False),
    Column("session_id", Id, nullable=False, comment="the login's id in auth_sessions"),
    Column("address", Text, nullable=True, info=PERSONAL, comment="where the first request came from"),
    Column("why", Text, nullable=False, comment="a word of api.listening.rules.Why, or one's own"),
    Column("started_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False, comment="the last request for bytes"),
    Index("ix_listenings_call", "call_id", "id"),
    Index("ix_listenings_person", "user_id", "started_at"),
)

recording_notes = Table(
    "recording_notes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("call_id", Id, nullable=False),
    Column("kind", Text, nullable=False, comment="api.listening.schemas.NoteKind"),
    Column("at_ms", Integer, CheckConstraint("at_ms >= 0", name="at_ms"), nullable=False, comment="in the audio"),
    Column("until_ms", Integer, nullable=True, comment="null = a moment, not a stretch"),
    Column("text", Text, nullable=False, server_default="", info=PERSONAL),
    Column("user_id", Id, nullable=False, comment="who noted it"),
    Column("created_at", Moment, nullable=False),
    Column("withdrawn_by", Id, nullable=True),
    Column("withdrawn_at", Moment, nullable=True, comment="null = it stands"),
    CheckConstraint("until_ms > at_ms", name="until_ms"),
    Index("ix_recording_notes_call", "call_id", "id"),
)
