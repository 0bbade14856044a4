"""how a campaign is paced: its limits, who changed them and why, how it stands and how it went"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0024"
down_revision = "0023"

ID, MOMENT = sa.Uuid(as_uuid=False), sa.DateTime(timezone=True)
BEFORE, NOW = "mode in ('manual','progressive')", "mode in ('manual','progressive','ratio','predictive')"
LIMIT = "abandons as a share of live answers, for each day; 3 % is the law's (47 CFR 64.1200(a)(7))"


def upgrade() -> None:
    op.execute("alter table campaigns drop constraint if exists ck_campaigns_mode")  # 0001 made none
    op.create_check_constraint(op.f("ck_campaigns_mode"), "campaigns", NOW)
    for column, rule in _columns():
        op.add_column("campaigns", column)
        op.create_check_constraint(op.f(f"ck_campaigns_{column.name}"), "campaigns", rule)
    op.create_table(
        "pacing_changes",
        sa.Column("id", ID, nullable=False),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_by", ID, nullable=False, comment="a user's id"),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(), nullable=False),
        sa.Column("after", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_pacing_changes_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pacing_changes")),
    )
    op.create_index("ix_pacing_changes_campaign", "pacing_changes", ["campaign_id", "id"])
    _moments("pacing_now", ["campaign_id", "node"])
    _moments("pacing_moments", ["campaign_id", "at", "node"])


def _columns() -> tuple[tuple[sa.Column[object], str], ...]:
    waits = "an answered customer waits so long at most; null = the centre's"
    return (
        (
            sa.Column("abandon_limit", sa.Double(), nullable=False, server_default="0.03", comment=LIMIT),
            "abandon_limit between 0 and 0.03",
        ),
        (sa.Column("window_s", sa.Double(), nullable=True, comment=waits), "window_s between 0.5 and 2"),
        (
            sa.Column(
                "lines_per_agent", sa.Double(), nullable=False, server_default="1.5", comment="of the mode ratio"
            ),
            "lines_per_agent between 1 and 5",
        ),
        (
            sa.Column(
                "most_lines",
                sa.Integer(),
                nullable=True,
                comment="in the air at once; null = as many as the trunk has",
            ),
            "most_lines between 1 and 10000",
        ),
    )


def _moments(name: str, key: list[str]) -> None:
    op.create_table(
        name,
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}")),
    )


def downgrade() -> None:
    for name in ("pacing_moments", "pacing_now", "pacing_changes"):
        op.drop_table(name)
    for name in ("most_lines", "lines_per_agent", "window_s", "abandon_limit"):
        op.drop_column("campaigns", name)
    op.execute("update campaigns set mode = 'progressive' where mode in ('ratio','predictive')")
    op.drop_constraint(op.f("ck_campaigns_mode"), "campaigns")
    op.create_check_constraint(op.f("ck_campaigns_mode"), "campaigns", BEFORE)
