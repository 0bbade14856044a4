"""dispositions of a campaign with their meaning and recycle rule; spare numbers of a person wait"""

import sqlalchemy as sa

from alembic import op

revision = "0017"
down_revision = "0016"

ID = sa.Uuid(as_uuid=False)
MEANINGS = (
    "'success','contact','refusal','opt_out','callback','not_reached','machine','wrong_number','no_voice',"
    "'cannot_hear','nuisance','out_of_scope','dialect','ask_supervisor'"
)
STATES = "'new','claimed','attempted','done','blocked'"


def upgrade() -> None:
    op.create_table(
        "dispositions",
        sa.Column("id", ID, nullable=False),
        sa.Column("campaign_id", ID, nullable=True, comment="null = of the centre's usual set"),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("is_final", sa.Boolean(), nullable=False, comment="false = the number is tried again"),
        sa.Column("delay_s", sa.Integer(), nullable=True, comment="until the next try; null = as the campaign says"),
        sa.Column(
            "most", sa.Integer(), nullable=True, comment="tries of the number in all; null = as the campaign says"
        ),
        sa.Column(
            "other_number",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="of the same person",
        ),
        sa.Column("hotkey", sa.Text(), server_default="", nullable=False),
        sa.Column("digit", sa.Text(), server_default="", nullable=False, comment="on the phone's keys"),
        sa.Column(
            "by_hand",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="false = the network's word",
        ),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, comment="the order in which they are shown"),
        sa.CheckConstraint(f"meaning in ({MEANINGS})", name=op.f("ck_dispositions_meaning")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_dispositions_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispositions")),
        sa.UniqueConstraint(
            "campaign_id", "code", name=op.f("uq_dispositions_campaign_id_code"), postgresql_nulls_not_distinct=True
        ),
    )
    op.add_column("attempts", sa.Column("meaning", sa.Text(), nullable=True, comment="of its disposition"))
    op.execute("alter table leads drop constraint if exists ck_leads_state")
    op.create_check_constraint(op.f("ck_leads_state"), "leads", f"state in ({STATES},'waiting')")


def downgrade() -> None:
    op.execute("update leads set state = 'done', holder = 'used', holder_id = null where state = 'waiting'")
    op.execute("alter table leads drop constraint if exists ck_leads_state")
    op.create_check_constraint(op.f("ck_leads_state"), "leads", f"state in ({STATES})")
    op.drop_column("attempts", "meaning")
    op.drop_table("dispositions")
