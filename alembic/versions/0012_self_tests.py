"""the recorder's test calls"""

import sqlalchemy as sa

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "self_tests",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False, comment="no attempt has it"),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text(), nullable=False, comment="what was wrong; empty = it passed"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_self_tests")),
    )


def downgrade() -> None:
    op.drop_table("self_tests")
