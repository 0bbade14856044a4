"""lists, what an import says of a lead, and the one account that has each number"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision = "0016"
down_revision = "0015"

ID, MOMENT = sa.Uuid(as_uuid=False), sa.DateTime(timezone=True)
HOLDERS = "holder in ('stock','leader','agent','used','blocked')"
BEFORE = "state in ('new','attempted')"
INDEXES = {
    "ix_leads_held": (["holder_id", "id"], "holder_id is not null"),
    "ix_leads_number": (["number"], None),
    "ix_leads_list": (["list_id", "id"], None),
    "ix_leads_import": (["import_id"], "import_id is not null"),
    "ix_leads_person": (["person_id"], "person_id is not null"),
}
NEW = (
    ("list_id", ID, None, "null = of no list"),
    ("import_id", ID, None, "the import that brought it"),
    ("person_id", ID, None, "the same for every number of one person; null = one number"),
    ("name", sa.Text(), "", None),
    ("fields", JSONB(), None, "what else the file said of the person, by header"),
    ("quality", sa.Text(), "", "the region's own grade, as A, B, C"),
    ("zone", sa.Text(), None, "the called place's; null = not known"),
    ("consent_source", sa.Text(), None, "who got it, and where"),
    ("consent_proof", sa.Text(), None, "where the proof lies"),
    (
        "holder",
        sa.Text(),
        "stock",
        "the one account that has the number; the dialer calls by itself from stock alone",
    ),
    ("holder_id", ID, None, "which leader or agent: a user's id"),
)


def upgrade() -> None:
    op.create_table(
        "lists",
        sa.Column("id", ID, nullable=False),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), server_default="", nullable=False),
        sa.Column("priority", sa.Integer(), server_default="50", nullable=False),
        sa.Column("weight", sa.Integer(), server_default="50", nullable=False),
        sa.Column(
            "is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False, comment="false = not dialed"
        ),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("priority between 0 and 100", name=op.f("ck_lists_priority")),
        sa.CheckConstraint("weight between 1 and 100", name=op.f("ck_lists_weight")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_lists_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lists")),
        sa.UniqueConstraint("campaign_id", "name", name=op.f("uq_lists_campaign_id_name")),
    )
    for name, kind, default, comment in NEW:
        op.add_column(
            "leads", sa.Column(name, kind, server_default=default, nullable=default is None, comment=comment)
        )
    op.create_foreign_key(op.f("fk_leads_list_id"), "leads", "lists", ["list_id"], ["id"])
    op.create_check_constraint(op.f("ck_leads_holder"), "leads", HOLDERS)
    # a number that is over is nobody's any more
    op.execute(
        "update leads set holder = case state when 'done' then 'used' else 'blocked' end "
        "where state in ('done','blocked')"
    )
    _due(f"{BEFORE} and holder = 'stock'", ["campaign_id", "next_at", "id"])
    for name, (columns, where) in INDEXES.items():
        op.create_index(name, "leads", columns, postgresql_where=sa.text(where) if where else None)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, table_name="leads")
    _due(BEFORE, ["campaign_id", "next_at"])
    op.drop_constraint(op.f("ck_leads_holder"), "leads")
    op.drop_constraint(op.f("fk_leads_list_id"), "leads")
    for name, *_ in NEW:
        op.drop_column("leads", name)
    op.drop_table("lists")


def _due(where: str, columns: list[str]) -> None:
    op.drop_index("ix_leads_due", table_name="leads")
    op.create_index("ix_leads_due", "leads", columns, postgresql_where=sa.text(where))
