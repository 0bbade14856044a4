"""the number ledger: moves between accounts, the orders they came of, shifts closed; teams"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0021"
down_revision = "0020"

ID, MOMENT = sa.Uuid(as_uuid=False), sa.DateTime(timezone=True)
NOW = sa.text("now()")
MOVES, LEADS, ORDERS = "number_moves", "number_move_leads", "number_orders"


def _moves() -> None:
    op.create_table(
        MOVES,
        sa.Column("id", ID, nullable=False),
        sa.Column(
            "seq",
            sa.BigInteger(),
            sa.Identity(always=True),
            nullable=False,
            comment="of one number's moves the last is highest",
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("from_holder", sa.Text(), nullable=False),
        sa.Column("from_id", ID, nullable=True, comment="a user's id; null = nobody's own account"),
        sa.Column("to_holder", sa.Text(), nullable=False),
        sa.Column("to_id", ID, nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False, comment="RFC 6962 root over the leads' ids, in their order"),
        sa.Column("at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("by", ID, nullable=True, comment="a user's id; null = the program, by the outcome of a call"),
        sa.Column("request_id", ID, nullable=True, comment="the order it came of"),
        sa.Column("call_id", ID, nullable=True, comment="the call whose outcome it is"),
        sa.Column("reverses", ID, nullable=True, comment="the move that this one undoes"),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "kind in ('draw','issue','take_back','return','transfer','use','block','undo')",
            name=op.f("ck_number_moves_kind"),
        ),
        sa.CheckConstraint("count > 0", name=op.f("ck_number_moves_count")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_moves")),
        sa.UniqueConstraint("seq", name=op.f("uq_number_moves_seq")),
        sa.UniqueConstraint("reverses", name=op.f("uq_number_moves_reverses")),
    )
    op.create_index("ix_number_moves_from", MOVES, ["from_id", "from_holder"])
    op.create_index("ix_number_moves_to", MOVES, ["to_id", "to_holder"])
    op.create_index("ix_number_moves_request", MOVES, ["request_id"])
    op.create_table(
        LEADS,
        sa.Column("move_id", ID, nullable=False),
        sa.Column("lead_id", ID, nullable=False, comment="stays when the lead of an undone import has gone"),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="how often it had been dialed by then"),
        sa.ForeignKeyConstraint(["move_id"], ["number_moves.id"], name=op.f("fk_number_move_leads_move_id")),
        sa.PrimaryKeyConstraint("move_id", "lead_id", name=op.f("pk_number_move_leads")),
    )
    op.create_index("ix_number_move_leads_lead", LEADS, ["lead_id"])


def _orders() -> None:
    op.create_table(
        ORDERS,
        sa.Column("id", ID, nullable=False, comment="chosen by who orders: the same order twice is one"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("by", ID, nullable=False),
        sa.Column("at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("asked", postgresql.JSONB(), nullable=False),
        sa.Column("answer", postgresql.JSONB(), nullable=True, comment="null = being carried out"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_orders")),
    )
    op.create_table(
        "number_shifts",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("closed_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("closed_by", ID, nullable=False),
        sa.Column("request_id", ID, nullable=False),
        sa.Column("figures", postgresql.JSONB(), nullable=False, comment="since the close before"),
        sa.Column("sums", postgresql.JSONB(), nullable=False, comment="since ever: the next close counts from here"),
        sa.CheckConstraint("holder in ('leader','agent')", name=op.f("ck_number_shifts_holder")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_number_shifts_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_shifts")),
    )
    op.create_index("ix_number_shifts_user", "number_shifts", ["user_id", "holder", "id"])


def _teams() -> None:
    op.create_table(
        "teams",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("leader_id", ID, nullable=False),
        sa.Column(
            "quota",
            sa.Integer(),
            server_default="2000",
            nullable=False,
            comment="numbers open in the team",
        ),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint("quota between 0 and 1000000", name=op.f("ck_teams_quota")),
        sa.ForeignKeyConstraint(["leader_id"], ["users.id"], name=op.f("fk_teams_leader_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
        sa.UniqueConstraint("leader_id", name=op.f("uq_teams_leader_id")),
        sa.UniqueConstraint("name", name=op.f("uq_teams_name")),
    )
    op.create_table(
        "team_members",
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("team_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["users.id"], name=op.f("fk_team_members_agent_id")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_team_members_team_id")),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_team_members")),
    )
    op.create_index("ix_team_members_team", "team_members", ["team_id"])


def upgrade() -> None:
    _moves()
    _orders()
    _teams()


def downgrade() -> None:
    op.drop_table("team_members")
    op.drop_table("teams")
    op.drop_table("number_shifts")
    op.drop_table(ORDERS)
    op.drop_table(LEADS)
    op.drop_table(MOVES)
    op.execute("update leads set holder = 'stock', holder_id = null where holder in ('leader','agent')")
