"""who heard what; notes at a second of a recording"""

import sqlalchemy as sa

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "listenings",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("call_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("session_id", sa.Uuid(as_uuid=False), nullable=False, comment="the login's id in auth_sessions"),
        sa.Column("address", sa.Text(), nullable=True, comment="where the first request came from"),
        sa.Column("why", sa.Text(), nullable=False, comment="a word of api.listening.rules.Why, or one's own"),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False, comment="the last request for bytes"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listenings")),
    )
    op.create_index("ix_listenings_call", "listenings", ["call_id", "id"], unique=False)
    op.create_index("ix_listenings_person", "listenings", ["user_id", "started_at"], unique=False)
    op.create_table(
        "recording_notes",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("call_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="api.listening.schemas.NoteKind"),
        sa.Column("at_ms", sa.Integer(), nullable=False, comment="in the audio"),
        sa.Column("until_ms", sa.Integer(), nullable=True, comment="null = a moment, not a stretch"),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False, comment="who noted it"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True, comment="null = it stands"),
        sa.CheckConstraint("at_ms >= 0", name=op.f("ck_recording_notes_at_ms")),
        sa.CheckConstraint("until_ms > at_ms", name=op.f("ck_recording_notes_until_ms")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording_notes")),
    )
    op.create_index("ix_recording_notes_call", "recording_notes", ["call_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_table("recording_notes")
    op.drop_table("listenings")
