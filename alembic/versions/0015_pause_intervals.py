"""recordings paused while a card's number is said"""

import sqlalchemy as sa

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "pause_intervals",
        sa.Column("call_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True, comment="null = the recording is muted now"),
        sa.Column("why", sa.Text(), nullable=True, comment="how it ended: resumed, too_long, ended, failed"),
        sa.PrimaryKeyConstraint("call_id", "began_at", name=op.f("pk_pause_intervals")),
    )
    op.create_index(
        "ix_pause_intervals_open", "pause_intervals", ["call_id"], postgresql_where=sa.text("ended_at is null")
    )


def downgrade() -> None:
    op.drop_table("pause_intervals")
