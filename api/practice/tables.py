"""What the practice floor should do now; read by the floor."""

from sqlalchemy import Column, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from dialer.store.metadata import metadata

practice_settings = Table(
    "practice_settings",
    metadata,
    Column("key", Text, primary_key=True, comment="`agents` or `customers`"),
    Column("value", JSONB, nullable=False),
)
