"""number moves: corrections, where a number is not where its moves say"""

from alembic import op

revision = "0023"
down_revision = "0022"

BEFORE = "kind in ('draw','issue','take_back','return','transfer','use','block','undo')"
AFTER = "kind in ('draw','issue','take_back','return','transfer','use','block','undo','correct')"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_number_moves_kind"), "number_moves", type_="check")
    op.create_check_constraint(op.f("ck_number_moves_kind"), "number_moves", AFTER)


def downgrade() -> None:
    op.execute("delete from number_move_leads where move_id in (select id from number_moves where kind = 'correct')")
    op.execute("delete from number_moves where kind = 'correct'")
    op.drop_constraint(op.f("ck_number_moves_kind"), "number_moves", type_="check")
    op.create_check_constraint(op.f("ck_number_moves_kind"), "number_moves", BEFORE)
