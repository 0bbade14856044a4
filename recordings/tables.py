"""The recordings table: one row per attempt, either `present` or `absent` with a reason; no row yet = open."""

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
    Column("bytes", BigInteger, nullable=True),
    Column("sha256_pcm", LargeBinary, nullable=True, comment="of the interleaved 16-bit samples, agent left"),
    Column("rate", Integer, nullable=True),
    Column("channels", Integer, nullable=True),
    Column("samples", BigInteger, nullable=True, comment="per channel"),
    Column("talk_s", Numeric(10, 3), nullable=True, comment="answered to ended"),
    Column("difference_s", Numeric(10, 3), nullable=True, comment="recorded minus talk"),
    Column("repaired", Boolean, nullable=False, server_default="false"),
    Column("sealed_at", Moment, nullable=False),
    Index("ix_recordings_agent", "agent_id", "attempt_id"),
    Index("ix_recordings_number", "number"),
    postgresql_partition_by="RANGE (attempt_id)",
)
