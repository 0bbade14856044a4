"""events"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0005"
down_revision = "0004"

POSITION = "greatest(pg_current_xact_id()::text::bigint, pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1)"


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("position", sa.BigInteger(), autoincrement=False, server_default=sa.text(POSITION), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "agent_id",
            sa.Uuid(as_uuid=False),
            nullable=True,
            comment="whose change it is: an agent sees his own and no other",
        ),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column(
            "body",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="the object as it is now; numbers masked",
        ),
        sa.CheckConstraint(
            "kind in ('start','agent','call','campaign','recording','emergency_stop')", name=op.f("ck_events_kind")
        ),
        sa.PrimaryKeyConstraint("position", "seq", name=op.f("pk_events")),
    )


def downgrade() -> None:
    op.drop_table("events")
