"""callbacks: a call promised to a person at a time, by an agent or by the team"""

import sqlalchemy as sa

from alembic import op

revision = "0019"
down_revision = "0018"

ID, MOMENT = sa.Uuid(as_uuid=False), sa.DateTime(timezone=True)
STATES = "'new','claimed','attempted','done','blocked','waiting'"
KINDS = "'start','agent','call','campaign','recording','emergency_stop','incident'"
OPEN = sa.text("state = 'open'")


def upgrade() -> None:
    op.create_table(
        "callbacks",
        sa.Column("id", ID, nullable=False, comment="the attempt in which it was promised"),
        sa.Column("lead_id", ID, nullable=False),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("agent_id", ID, nullable=True, comment="a user's id; null = of the team"),
        sa.Column("due_at", MOMENT, nullable=False, comment="what the person was told"),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("reminded_at", MOMENT, nullable=True),
        sa.Column("handed_over_from", ID, nullable=True, comment="whose it was before it became the team's"),
        sa.Column("handed_over_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("ended_by", ID, nullable=True, comment="the attempt that kept it, or who cancelled it"),
        sa.CheckConstraint("state in ('open','done','cancelled')", name=op.f("ck_callbacks_state")),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_callbacks_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callbacks")),
    )
    op.create_index("uq_callbacks_open", "callbacks", ["lead_id"], unique=True, postgresql_where=OPEN)
    op.create_index("ix_callbacks_agent", "callbacks", ["agent_id", "due_at"], postgresql_where=OPEN)
    op.create_index("ix_callbacks_lead", "callbacks", ["lead_id"])
    op.create_index(
        "ix_leads_callback", "leads", ["campaign_id", "next_at"], postgresql_where=sa.text("state = 'callback'")
    )
    _check("leads", "state", f"state in ({STATES},'callback')")
    _check("events", "kind", f"kind in ({KINDS},'callback')")


def downgrade() -> None:
    op.execute("delete from events where kind = 'callback'")
    op.execute("update leads set state = 'attempted' where state = 'callback'")
    _check("events", "kind", f"kind in ({KINDS})")
    _check("leads", "state", f"state in ({STATES})")
    op.drop_index("ix_leads_callback", table_name="leads")
    op.drop_table("callbacks")


def _check(table: str, column: str, rule: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{column}"), table, type_="check")
    op.create_check_constraint(op.f(f"ck_{table}_{column}"), table, rule)
