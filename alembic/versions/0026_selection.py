"""how much of a campaign's dialing is fresh leads; leads found by list, state and place"""

import sqlalchemy as sa

from alembic import op

revision = "0026"
down_revision = "0025"

NO_LIST = "00000000-0000-0000-0000-000000000000"


def upgrade() -> None:
    op.add_column(
        "campaigns",
        sa.Column(
            "fresh_pct",
            sa.Integer(),
            server_default="70",
            nullable=False,
            comment="of claims, fresh leads where there are both; the rest are retried ones",
        ),
    )
    op.create_check_constraint(op.f("ck_campaigns_fresh_pct"), "campaigns", "fresh_pct between 0 and 100")
    op.create_index(
        "ix_leads_shelf",
        "leads",
        [
            "campaign_id",
            sa.text("coalesce(zone, '')"),
            sa.text(f"coalesce(list_id, '{NO_LIST}')"),
            "state",
            "next_at",
            "id",
        ],
        postgresql_where=sa.text("state in ('new','attempted') and holder = 'stock'"),
    )


def downgrade() -> None:
    op.drop_index("ix_leads_shelf", "leads")
    op.drop_constraint(op.f("ck_campaigns_fresh_pct"), "campaigns", type_="check")
    op.drop_column("campaigns", "fresh_pct")
