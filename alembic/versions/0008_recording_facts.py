"""what the line of each recorded call carried"""

import sqlalchemy as sa

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "recording_facts",
        sa.Column("attempt_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column(
            "rx_packets",
            sa.BigInteger(),
            nullable=True,
            comment="RTP that came from the customer; null = not told",
        ),
        sa.Column("tx_packets", sa.BigInteger(), nullable=True, comment="RTP that went to the customer"),
        sa.Column(
            "closed_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="when both files were closed, by the engine's clock",
        ),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_recording_facts")),
    )


def downgrade() -> None:
    op.drop_table("recording_facts")
