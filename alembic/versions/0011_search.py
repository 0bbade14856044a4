"""what recordings are searched by: the region beside the call, and an index for each filter that stands alone

At this age of the project the tables are small and the indexes are made in one go, which locks a table while it
lasts. Where millions of rows lie: make each index concurrently on every partition first, then this one attaches them.
"""

import sqlalchemy as sa

from alembic import op

revision = "0011"
down_revision = "0010"

REGION = """
update recordings r set region = coalesce(nullif(l.region, ''), c.region)
from attempts a left join leads l on l.id = a.lead_id left join campaigns c on c.id = a.campaign_id
where a.id = r.attempt_id and r.region is null
"""
HAS_PROBLEM = (
    "status = 'present' and reason is not null or reason = 'recorder_failed' or repaired or difference_s < -1"
)


def upgrade() -> None:
    op.add_column(
        "recordings",
        sa.Column("region", sa.Text(), nullable=True, comment="the lead's, else the campaign's, when it was settled"),
    )
    op.execute(REGION)
    op.drop_index("ix_recordings_agent", table_name="recordings")
    op.drop_index("ix_recordings_number", table_name="recordings")
    op.create_index("ix_recordings_status", "recordings", ["status", "attempt_id"])
    op.create_index("ix_recordings_agent", "recordings", ["agent_id", "status", "attempt_id"])
    op.create_index("ix_recordings_campaign", "recordings", ["campaign_id", "status", "attempt_id"])
    op.create_index("ix_recordings_region", "recordings", ["region", "status", "attempt_id"])
    op.create_index("ix_recordings_number", "recordings", ["number", "attempt_id"])
    op.create_index("ix_recordings_last_four", "recordings", [sa.text("right(number, 4)"), "attempt_id"])
    op.create_index("ix_recordings_problem", "recordings", ["attempt_id"], postgresql_where=sa.text(HAS_PROBLEM))
    op.create_index(
        "ix_attempts_disposition",
        "attempts",
        ["disposition", "id"],
        postgresql_where=sa.text("disposition is not null"),
    )
    op.create_index(
        "ix_incidents_open_call",
        "incidents",
        ["call_id"],
        postgresql_where=sa.text("closed_at is null and call_id is not null"),
    )


def downgrade() -> None:
    op.drop_index("ix_incidents_open_call", table_name="incidents")
    op.drop_index("ix_attempts_disposition", table_name="attempts")
    for name in ("problem", "last_four", "number", "region", "campaign", "agent", "status"):
        op.drop_index(f"ix_recordings_{name}", table_name="recordings")
    op.create_index("ix_recordings_agent", "recordings", ["agent_id", "attempt_id"])
    op.create_index("ix_recordings_number", "recordings", ["number"])
    op.drop_column("recordings", "region")
