"""who is alarmed, and what was told"""

import sqlalchemy as sa

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "alarm_receivers",
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_alarm_receivers")),
    )
    op.create_table(
        "alarm_deliveries",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("incident_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True, comment="null = not yet"),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.CheckConstraint("state in ('opened','closed')", name=op.f("ck_alarm_deliveries_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm_deliveries")),
    )
    op.create_index("uq_alarm_deliveries_once", "alarm_deliveries", ["incident_id", "state"], unique=True)
    op.create_index(
        "ix_alarm_deliveries_due",
        "alarm_deliveries",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("delivered_at is null"),
    )


def downgrade() -> None:
    op.drop_table("alarm_deliveries")
    op.drop_table("alarm_receivers")
