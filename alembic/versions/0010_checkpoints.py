"""the ledger's checkpoints, the nodes of its tree, its time stamps"""

import sqlalchemy as sa

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "ledger_checkpoints",
        sa.Column(
            "size", sa.BigInteger(), autoincrement=False, nullable=False, comment="rows of the ledger that it covers"
        ),
        sa.Column("root", sa.LargeBinary(), nullable=False, comment="of the RFC 6962 tree over these rows"),
        sa.Column("head_hash", sa.LargeBinary(), nullable=False, comment="the hash of the last of them in the chain"),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False, comment="the same, signed: C2SP tlog-checkpoint"),
        sa.Column("frontier", sa.LargeBinary(), nullable=False, comment="the hashes from which the tree goes on"),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_ledger_checkpoints")),
    )
    op.create_table(
        "ledger_tiles",
        sa.Column(
            "level",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="of a whole subtree: 8, 16, 24...",
        ),
        sa.Column("nth", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False, comment="its root: proofs need not read what lies below"),
        sa.PrimaryKeyConstraint("level", "nth", name=op.f("pk_ledger_tiles")),
    )
    op.create_table(
        "ledger_timestamps",
        sa.Column(
            "size", sa.BigInteger(), autoincrement=False, nullable=False, comment="of the checkpoint it is about"
        ),
        sa.Column(
            "made_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="when the token says that the checkpoint was there",
        ),
        sa.Column("authority", sa.Text(), nullable=False, comment="who was asked"),
        sa.Column(
            "token", sa.LargeBinary(), nullable=False, comment="the RFC 3161 answer over the checkpoint's note"
        ),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_ledger_timestamps")),
    )


def downgrade() -> None:
    """What was signed stays in the files outside the database."""
    op.drop_table("ledger_timestamps")
    op.drop_table("ledger_tiles")
    op.drop_table("ledger_checkpoints")
