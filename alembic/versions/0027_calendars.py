"""when the centre calls in each region: windows, weekends, holidays"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    hours = "usual, weekend, days: see dialer/store/calendars.py"
    region = "as the leads name it; empty = the whole centre"
    op.create_table(
        "calendars",
        sa.Column("region", sa.Text(), nullable=False, comment=region),
        sa.Column("hours", postgresql.JSONB(), nullable=False, comment=hours),
        sa.Column("changed_by", sa.Uuid(as_uuid=False), nullable=False, comment="a user's id"),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("region", name=op.f("pk_calendars")),
    )


def downgrade() -> None:
    op.drop_table("calendars")
