"""how long recordings are kept, what is held, what was ordered to be erased"""

import sqlalchemy as sa

from alembic import op

revision = "0014"
down_revision = "0013"

ID, MOMENT = sa.Uuid(as_uuid=False), sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "retention_rules",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False, comment="a campaign's id, a region, or empty"),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("changed_by", ID, nullable=False),
        sa.Column("changed_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("scope in ('everything','region','campaign')", name=op.f("ck_retention_rules_scope")),
        sa.PrimaryKeyConstraint("scope", "subject", name=op.f("pk_retention_rules")),
    )
    op.create_table(
        "holds",
        sa.Column("id", ID, nullable=False),
        sa.Column("call_id", ID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by", ID, nullable=False),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.Column("lifted_by", ID, nullable=True),
        sa.Column("lifted_at", MOMENT, nullable=True, comment="null = in force"),
        sa.Column("lift_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index(op.f("ix_holds_call_id"), "holds", ["call_id"])
    op.create_table(
        "erasures",
        sa.Column("id", ID, nullable=False),
        sa.Column("call_id", ID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", ID, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("decided_by", ID, nullable=True, comment="never who asked"),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("done_at", MOMENT, nullable=True, comment="when the key was destroyed"),
        sa.CheckConstraint("decision in ('approved','refused')", name=op.f("ck_erasures_decision")),
        sa.CheckConstraint("decided_by is null or decided_by <> asked_by", name=op.f("ck_erasures_two_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_index(
        "uq_erasures_open",
        "erasures",
        ["call_id"],
        unique=True,
        postgresql_where=sa.text("done_at is null and decision is distinct from 'refused'"),
    )
    op.create_index(
        "ix_recordings_going",
        "recordings",
        ["attempt_id"],
        postgresql_where=sa.text("status = 'absent' and storage_key is not null"),
    )


def downgrade() -> None:
    op.drop_index("ix_recordings_going", table_name="recordings")
    for name in ("erasures", "holds", "retention_rules"):
        op.drop_table(name)
