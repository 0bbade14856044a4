"""The recordings table: one row per attempt, either `present` or `absent` with a reason; no row yet = open.

Beside it each recording's own key, wrapped: the row is made before the object is stored, and its key destroyed before
the object is taken away.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    Table,
    Text,
    and_,
    func,
    literal_column,
    or_,
    text,
)

from dialer.store.metadata import Id, Moment, metadata
from dialer.store.tables import PERSONAL

recordings = Table(
    "recordings",
    metadata,
    Column("attempt_id", Id, primary_key=True),
    Column("campaign_id", Id, nullable=False),
    Column("agent_id", Id, nullable=True),
    Column("number", Text, nullable=False, info=PERSONAL),
    Column("started_at", Moment, nullable=False, comment="when the attempt was opened"),
    Column("status", Text, CheckConstraint("status in ('present','absent')", name="status"), nullable=False),
    Column("reason", Text, nullable=True, comment="of an absence; `no_media` of a present one without sound"),
    Column("storage_key", Text, nullable=True),
    Column("bytes", BigInteger, nullable=True, comment="of the object as stored"),
    Column("key_id", Text, nullable=True, comment="which key of secrets.json wraps its own; null = a plain FLAC"),
    Column("object_sha256", LargeBinary, nullable=True, comment="of the object as stored"),
    Column("flac_bytes", BigInteger, nullable=True, comment="of the plain FLAC"),
    Column("flac_sha256", LargeBinary, nullable=True),
    Column("sha256_pcm", LargeBinary, nullable=True, comment="of the interleaved 16-bit samples, agent left"),
    Column("rate", Integer, nullable=True),
    Column("channels", Integer, nullable=True),
    Column("samples", BigInteger, nullable=True, comment="per channel"),
    Column("talk_s", Numeric(10, 3), nullable=True, comment="answered to ended"),
    Column("difference_s", Numeric(10, 3), nullable=True, comment="recorded minus talk"),
    Column("repaired", Boolean, nullable=False, server_default="false"),
    Column("lost_s", Numeric(10, 3), nullable=True, comment="a crash took so many seconds at most; null = none"),
    Column("sealed_at", Moment, nullable=False),
    Column("region", Text, nullable=True, comment="the lead's, else the campaign's, when it was settled"),
    # each list goes down by id: an index that holds the id last gives a page without sorting, however deep it is
    Index("ix_recordings_status", "status", "attempt_id"),
    Index("ix_recordings_agent", "agent_id", "status", "attempt_id"),
    Index("ix_recordings_campaign", "campaign_id", "status", "attempt_id"),
    Index("ix_recordings_region", "region", "status", "attempt_id"),
    Index("ix_recordings_number", "number", "attempt_id"),
    postgresql_partition_by="RANGE (attempt_id)",
)

# an index serves a condition only where both are the same: with literals, never with bound values
LAST_FOUR = func.right(recordings.c.number, literal_column("4"))
SHORT = recordings.c.difference_s < literal_column("-1")
# what `problem_rules.py` calls a problem
HAS_PROBLEM = or_(
    and_(recordings.c.status == literal_column("'present'"), recordings.c.reason.is_not(None)),
    recordings.c.reason == literal_column("'recorder_failed'"),
    recordings.c.repaired,
    SHORT,
)
Index("ix_recordings_last_four", LAST_FOUR, recordings.c.attempt_id)
Index("ix_recordings_problem", recordings.c.attempt_id, postgresql_where=HAS_PROBLEM)
# taken away by retention or erasure, and the object still to go
GOING = and_(recordings.c.status == literal_column("'absent'"), recordings.c.storage_key.is_not(None))
Index("ix_recordings_going", recordings.c.attempt_id, postgresql_where=GOING)

recording_keys = Table(
    "recording_keys",
    metadata,
    Column("attempt_id", Id, primary_key=True),
    Column("key_id", Text, nullable=False, comment="which key of secrets.json wrapped it"),
    Column("wrapped", LargeBinary, nullable=True, comment="the recording's own key, wrapped; null = destroyed"),
    Column("made_at", Moment, nullable=False, server_default=func.now()),
    Column("destroyed_at", Moment, nullable=True),
)

ledger_checkpoints = Table(
    "ledger_checkpoints",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False, comment="rows of the ledger that it covers"),
    Column("root", LargeBinary, nullable=False, comment="of the RFC 6962 tree over these rows"),
    Column("head_hash", LargeBinary, nullable=False, comment="the hash of the last of them in the chain"),
    Column("made_at", Moment, nullable=False),
    Column("note", Text, nullable=False, comment="the same, signed: C2SP tlog-checkpoint"),
    Column("frontier", LargeBinary, nullable=False, comment="the hashes from which the tree goes on"),
)

ledger_tiles = Table(
    "ledger_tiles",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False, comment="of a whole subtree: 8, 16, 24..."),
    Column("nth", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False, comment="its root: proofs need not read what lies below"),
)

ledger_timestamps = Table(
    "ledger_timestamps",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False, comment="of the checkpoint it is about"),
    Column("made_at", Moment, nullable=False, comment="when the token says that the checkpoint was there"),
    Column("authority", Text, nullable=False, comment="who was asked"),
    Column("token", LargeBinary, nullable=False, comment="the RFC 3161 answer over the checkpoint's note"),
)

alarm_receivers = Table(
    "alarm_receivers",
    metadata,
    Column("user_id", Id, primary_key=True),
    Column("username", Text, nullable=False),
    Column("name", Text, nullable=False, info=PERSONAL),
    Column("set_by", Id, nullable=False),
    Column("set_at", Moment, nullable=False, server_default=func.now()),
)

alarm_deliveries = Table(
    "alarm_deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("incident_id", Id, nullable=False),
    Column("state", Text, CheckConstraint("state in ('opened','closed')", name="state"), nullable=False),
    Column("due_at", Moment, nullable=False, server_default=func.now()),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("delivered_at", Moment, nullable=True, comment="null = not yet"),
    Column("last_error", Text, nullable=True),
    Index("uq_alarm_deliveries_once", "incident_id", "state", unique=True),
    Index("ix_alarm_deliveries_due", "due_at", postgresql_where=text("delivered_at is null")),
)
