"""each recording's own key, wrapped; what an encrypted object is"""

import sqlalchemy as sa

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "recording_keys",
        sa.Column("attempt_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False, comment="which key of secrets.json wrapped it"),
        sa.Column(
            "wrapped", sa.LargeBinary(), nullable=True, comment="the recording's own key, wrapped; null = destroyed"
        ),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_recording_keys")),
    )
    for column in (
        sa.Column("key_id", sa.Text(), comment="which key of secrets.json wraps its own; null = a plain FLAC"),
        sa.Column("object_sha256", sa.LargeBinary(), comment="of the object as stored"),
        sa.Column("flac_bytes", sa.BigInteger(), comment="of the plain FLAC"),
        sa.Column("flac_sha256", sa.LargeBinary()),
        sa.Column("lost_s", sa.Numeric(10, 3), comment="a crash took so many seconds at most; null = none"),
    ):
        op.add_column("recordings", column)
    op.alter_column("recordings", "bytes", comment="of the object as stored")


def downgrade() -> None:
    """Only where nothing was encrypted yet: without its key a recording is lost."""
    op.execute(
        "do $$ begin if exists (select 1 from recording_keys) then "
        "raise exception 'recordings are encrypted: an older version cannot open them'; end if; end $$"
    )
    op.alter_column("recordings", "bytes", comment=None)
    for name in ("lost_s", "flac_sha256", "flac_bytes", "object_sha256", "key_id"):
        op.drop_column("recordings", name)
    op.drop_table("recording_keys")
