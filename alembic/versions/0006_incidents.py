"""incidents; ledger rows that are about no call"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0006"
down_revision = "0005"

KINDS = "'start','agent','call','campaign','recording','emergency_stop'"


def upgrade() -> None:
    op.alter_column(
        "ledger",
        "attempt_id",
        existing_type=sa.Uuid(as_uuid=False),
        nullable=True,
        comment="null = about no call",
        existing_nullable=False,
    )
    op.create_table(
        "incidents",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="dialer.core.incidents.IncidentKind"),
        sa.Column("subject", sa.Text(), nullable=False, comment="what it is about: a call's id, a node, a disk"),
        sa.Column("call_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False, comment="a sentence for a person; no number, no name"),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "seen", sa.Integer(), server_default="1", nullable=False, comment="how often it was found while open"
        ),
        sa.Column("owner_id", sa.Uuid(as_uuid=False), nullable=True, comment="a user's id: who looks after it"),
        sa.Column("owned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True, comment="null = open"),
        sa.Column(
            "closed_by",
            sa.Uuid(as_uuid=False),
            nullable=True,
            comment="null and closed = found to be over by the program",
        ),
        sa.Column("resolution", sa.Text(), nullable=True, comment="what was done about it"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
    )
    op.create_index(op.f("ix_incidents_call_id"), "incidents", ["call_id"], unique=False)
    op.create_index(
        "uq_incidents_open",
        "incidents",
        ["kind", "subject"],
        unique=True,
        postgresql_where=sa.text("closed_at is null"),
    )
    _event_kinds(f"{KINDS},'incident'")


def downgrade() -> None:
    """The ledger's column stays nullable: its rows are never rewritten, and the version before does not mind."""
    op.execute("delete from events where kind = 'incident'")
    _event_kinds(KINDS)
    op.drop_table("incidents")


def _event_kinds(kinds: str) -> None:
    op.drop_constraint(op.f("ck_events_kind"), "events", type_="check")
    op.create_check_constraint(op.f("ck_events_kind"), "events", f"kind in ({kinds})")
