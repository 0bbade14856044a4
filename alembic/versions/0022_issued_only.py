"""a campaign whose agents call by hand only what was issued to them; what was refused so"""

import sqlalchemy as sa

from alembic import op

revision = "0022"
down_revision = "0021"

ID, MOMENT = sa.Uuid(as_uuid=False), sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column(
        "campaigns",
        sa.Column(
            "issued_only",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="by hand an agent calls only what was issued to him, and his callbacks",
        ),
    )
    op.create_table(
        "number_refusals",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("campaign_id", ID, nullable=True, comment="null = the only one of the agent's session"),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["users.id"], name=op.f("fk_number_refusals_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_refusals")),
    )
    op.create_index("ix_number_refusals_agent", "number_refusals", ["agent_id", "id"])


def downgrade() -> None:
    op.drop_table("number_refusals")
    op.drop_column("campaigns", "issued_only")
