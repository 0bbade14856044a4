"""do-not-call entries have an id, who made them, and an end that two persons decide"""

import sqlalchemy as sa

from alembic import op

revision = "0025"
down_revision = "0024"

ID, MOMENT = sa.Uuid(as_uuid=False), sa.DateTime(timezone=True)
HOLDS = sa.text("withdrawn_at is null")


def new_id(at: str) -> str:
    """A UUIDv7 of that moment, as SQL."""
    milliseconds = f"lpad(to_hex((extract(epoch from {at}) * 1000)::bigint), 12, '0')"
    rest = "overlay(replace(gen_random_uuid()::text, '-', '') placing '7' from 13 for 1)"
    return f"overlay({rest} placing {milliseconds} from 1 for 12)::uuid"


def upgrade() -> None:
    for table, what in (("dnc", "number"), ("dnc_prefixes", "prefix")):
        op.add_column(table, sa.Column("id", ID, nullable=True))
        op.execute(f"update {table} set id = {new_id('created_at')}")  # noqa: S608 - names of ours
        op.alter_column(table, "id", nullable=False, server_default=sa.text(new_id("clock_timestamp()")))
        op.create_primary_key(op.f(f"pk_{table}"), table, ["id"])
        asked = "the person did: taken back by two persons only"
        op.add_column(
            table, sa.Column("asked", sa.Boolean(), server_default=sa.text("true"), nullable=False, comment=asked)
        )
        op.add_column(table, sa.Column("call_id", ID, nullable=True, comment="in which it was said"))
        op.add_column(table, sa.Column("added_by", ID, nullable=True, comment="a user's id; null = the program"))
        op.add_column(table, sa.Column("said_at", MOMENT, nullable=True, comment="when it was said again, last"))
        op.add_column(table, sa.Column("withdrawn_at", MOMENT, nullable=True, comment="null = it holds"))
        op.drop_constraint(op.f(f"uq_{table}_{what}_scope_campaign_id"), table, type_="unique")
        op.create_index(
            f"uq_{table}_holding",
            table,
            [what, "scope", "campaign_id"],
            unique=True,
            postgresql_where=HOLDS,
            postgresql_nulls_not_distinct=True,
        )
    op.create_table(
        "dnc_withdrawals",
        sa.Column("id", ID, nullable=False),
        sa.Column("entry_id", ID, nullable=False, comment="of dnc or dnc_prefixes"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", ID, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("decision", sa.Text(), nullable=True, comment="null = nobody decided yet"),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.CheckConstraint("decision in ('approved','refused')", name=op.f("ck_dnc_withdrawals_decision")),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name=op.f("fk_dnc_withdrawals_asked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dnc_withdrawals")),
    )
    op.create_index(
        "uq_dnc_withdrawals_open",
        "dnc_withdrawals",
        ["entry_id"],
        unique=True,
        postgresql_where=sa.text("decision is null"),
    )


def downgrade() -> None:
    op.drop_table("dnc_withdrawals")
    for table, what in (("dnc", "number"), ("dnc_prefixes", "prefix")):
        op.execute(f"delete from {table} where withdrawn_at is not null")  # noqa: S608 - names of ours
        op.drop_index(f"uq_{table}_holding", table)
        op.create_unique_constraint(
            op.f(f"uq_{table}_{what}_scope_campaign_id"),
            table,
            [what, "scope", "campaign_id"],
            postgresql_nulls_not_distinct=True,
        )
        op.drop_constraint(op.f(f"pk_{table}"), table, type_="primary")
        for column in ("withdrawn_at", "said_at", "added_by", "call_id", "asked", "id"):
            op.drop_column(table, column)
