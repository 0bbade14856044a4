"""do-not-call entries have a scope, prefixes too; a campaign names its country's preset"""

import sqlalchemy as sa

from alembic import op

revision = "0018"
down_revision = "0017"

ID = sa.Uuid(as_uuid=False)
SCOPE = "scope in ('national','centre','campaign') and (scope = 'campaign') = (campaign_id is not null)"


def upgrade() -> None:
    op.add_column("dnc", sa.Column("scope", sa.Text(), server_default="centre", nullable=False))
    op.add_column(
        "dnc", sa.Column("campaign_id", ID, nullable=True, comment="the one campaign that may not; null = none may")
    )
    op.drop_constraint(op.f("pk_dnc"), "dnc", type_="primary")
    op.create_unique_constraint(
        op.f("uq_dnc_number_scope_campaign_id"),
        "dnc",
        ["number", "scope", "campaign_id"],
        postgresql_nulls_not_distinct=True,
    )
    op.create_foreign_key(op.f("fk_dnc_campaign_id"), "dnc", "campaigns", ["campaign_id"], ["id"])
    op.create_check_constraint(op.f("ck_dnc_scope"), "dnc", SCOPE)
    op.create_table(
        "dnc_prefixes",
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), server_default="centre", nullable=False),
        sa.Column("campaign_id", ID, nullable=True, comment="the one campaign that may not; null = none may"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("prefix ~ '^[+][0-9]{1,14}$'", name=op.f("ck_dnc_prefixes_prefix")),
        sa.CheckConstraint(SCOPE, name=op.f("ck_dnc_prefixes_scope")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_dnc_prefixes_campaign_id")),
        sa.UniqueConstraint(
            "prefix",
            "scope",
            "campaign_id",
            name=op.f("uq_dnc_prefixes_prefix_scope_campaign_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.add_column("campaigns", sa.Column("preset", sa.Text(), server_default="CN", nullable=False))
    op.create_check_constraint(op.f("ck_campaigns_preset"), "campaigns", "preset in ('CN','US','UK','practice')")
    op.execute("update campaigns set preset = 'practice' where trunk = 'practice' and region = '练习'")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_campaigns_preset"), "campaigns", type_="check")
    op.drop_column("campaigns", "preset")
    op.drop_table("dnc_prefixes")
    op.drop_constraint(op.f("ck_dnc_scope"), "dnc", type_="check")
    op.drop_constraint(op.f("fk_dnc_campaign_id"), "dnc", type_="foreignkey")
    op.drop_constraint(op.f("uq_dnc_number_scope_campaign_id"), "dnc", type_="unique")
    op.execute("delete from dnc a using dnc b where a.number = b.number and a.ctid > b.ctid")  # nobody is let go
    op.create_primary_key(op.f("pk_dnc"), "dnc", ["number"])
    op.drop_column("dnc", "campaign_id")
    op.drop_column("dnc", "scope")
