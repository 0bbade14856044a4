"""campaigns by priority, drain, emergency stop, sessions of several campaigns"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0003"
down_revision = "0002"

STATES = "state in ('draft','running','paused','draining','stopped')"


def upgrade() -> None:
    op.add_column(
        "campaigns",
        sa.Column("priority", sa.Integer(), server_default="50", nullable=False, comment="higher first"),
    )
    op.add_column(
        "campaigns",
        sa.Column(
            "closing_margin_s",
            sa.Integer(),
            server_default="300",
            nullable=False,
            comment="no dialing so close before closes_at",
        ),
    )
    op.add_column(
        "campaigns",
        sa.Column("disposition_required", sa.Boolean(), server_default=sa.text("true"), nullable=False),
    )
    op.create_check_constraint(op.f("ck_campaigns_priority"), "campaigns", "priority between 0 and 100")
    op.create_check_constraint(
        op.f("ck_campaigns_closing_margin_s"), "campaigns", "closing_margin_s between 0 and 3600"
    )
    op.create_check_constraint(op.f("ck_campaigns_state"), "campaigns", STATES)  # 0001 made none
    op.create_table(
        "emergency_stops",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("stopped_by", sa.Uuid(as_uuid=False), nullable=False, comment="a user's id"),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("lifted_by", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column(
            "lifted_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="null = it holds; at most one does",
        ),
        sa.CheckConstraint("how in ('drain','cut')", name=op.f("ck_emergency_stops_how")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_stops")),
    )
    op.create_index(
        "uq_emergency_stops_active",
        "emergency_stops",
        [sa.text("(true)")],
        unique=True,
        postgresql_where=sa.text("lifted_at is null"),
    )
    op.add_column(
        "agent_sessions",
        sa.Column(
            "campaign_ids",
            postgresql.ARRAY(sa.Uuid(as_uuid=False)),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="by priority at the start; empty = campaign_id alone",
        ),
    )
    op.alter_column("agent_sessions", "campaign_id", comment="the first of campaign_ids", existing_type=sa.Uuid())
    op.execute("update agent_sessions set campaign_ids = array[campaign_id]")


def downgrade() -> None:
    op.alter_column("agent_sessions", "campaign_id", comment=None, existing_type=sa.Uuid())
    op.drop_column("agent_sessions", "campaign_ids")
    op.drop_table("emergency_stops")
    op.execute("update campaigns set state = 'paused' where state = 'draining'")
    op.drop_constraint(op.f("ck_campaigns_state"), "campaigns", type_="check")
    op.drop_column("campaigns", "disposition_required")
    op.drop_column("campaigns", "closing_margin_s")
    op.drop_column("campaigns", "priority")
