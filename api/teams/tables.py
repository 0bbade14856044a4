"""Who leads whom."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text

from dialer.store.metadata import Id, Moment, metadata
from dialer.store.tables import NOW

teams = Table(
    "teams",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("leader_id", Id, ForeignKey("users.id"), nullable=False, unique=True),
    Column(
        "quota",
        Integer,
        CheckConstraint("quota between 0 and 1000000", name="quota"),
        nullable=False,
        server_default="2000",
        comment="numbers open in the team",
    ),
    Column("created_at", Moment, nullable=False, server_default=NOW),
)

team_members = Table(
    "team_members",
    metadata,
    Column("agent_id", Id, ForeignKey("users.id"), primary_key=True),
    Column("team_id", Id, ForeignKey("teams.id"), nullable=False),
    Index("ix_team_members_team", "team_id"),
)
