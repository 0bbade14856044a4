"""imports of numbers: a row of each, its rejects, what each region's columns mean, who is a customer already"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision = "0020"
down_revision = "0019"

ID, MOMENT = sa.Uuid(as_uuid=False), sa.DateTime(timezone=True)
STATES = "'uploading','reading','ready','waiting','running','done','failed','cancelled','undoing','undone'"
OVER = "'failed','cancelled','undone'"


def upgrade() -> None:
    op.create_table(
        "imports",
        sa.Column("id", ID, nullable=False),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("list_id", ID, nullable=True, comment="null = not begun"),
        sa.Column("list_name", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column(
            "file_name",
            sa.Text(),
            nullable=False,
            comment="as the person's own machine calls it; never a path of ours",
        ),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("received_bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True, comment="of the file as sent; null = not read yet"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=True, comment="the word for why it failed"),
        sa.Column("encoding", sa.Text(), nullable=True),
        sa.Column("heads", JSONB(), nullable=True, comment="the columns' names"),
        sa.Column("meanings", JSONB(), nullable=True, comment="what each column means: proposed, then chosen"),
        sa.Column("sample", JSONB(), nullable=True, comment="the first rows, numbers masked"),
        sa.Column(
            "has_header",
            sa.Integer(),
            server_default="1",
            nullable=False,
            comment="rows before the first person: 0 or 1",
        ),
        sa.Column("across", sa.Text(), nullable=False),
        sa.Column("consent_source", sa.Text(), server_default="", nullable=False),
        sa.Column("consent_basis", sa.Text(), server_default="", nullable=False),
        sa.Column("consent_proof", sa.Text(), server_default="", nullable=False),
        sa.Column("rows", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rows_done", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "position", sa.BigInteger(), server_default="0", nullable=False, comment="where the next row begins"
        ),
        sa.Column("accepted", sa.Integer(), server_default="0", nullable=False, comment="numbers that became leads"),
        sa.Column(
            "without_consent", sa.Integer(), server_default="0", nullable=False, comment="of them, those that wait"
        ),
        sa.Column("rejected", JSONB(), server_default=sa.text("'{}'"), nullable=False, comment="how many, by reason"),
        sa.Column(
            "kept", sa.Integer(), nullable=True, comment="leads that an undo left, because they were used meanwhile"
        ),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("began_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint(f"state in ({STATES})", name=op.f("ck_imports_state")),
        sa.CheckConstraint("across in ('reject','allow')", name=op.f("ck_imports_across")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_imports_campaign_id")),
        sa.ForeignKeyConstraint(["list_id"], ["lists.id"], name=op.f("fk_imports_list_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_index(
        "uq_imports_file",
        "imports",
        ["campaign_id", "sha256"],
        unique=True,
        postgresql_where=sa.text(f"sha256 is not null and state not in ({OVER})"),
    )
    op.create_index(
        "ix_imports_open",
        "imports",
        ["id"],
        postgresql_where=sa.text("state in ('reading','waiting','running','undoing')"),
    )
    op.create_table(
        "import_rejects",
        sa.Column("import_id", ID, nullable=False),
        sa.Column(
            "row", sa.Integer(), nullable=False, comment="as the person's program for sheets counts them, from 1"
        ),
        sa.Column("head", sa.Text(), nullable=False, comment="the column; empty = the row"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False, comment="masked"),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name=op.f("fk_import_rejects_import_id")),
    )
    op.create_index("ix_import_rejects_import_id", "import_rejects", ["import_id", "row"])
    op.create_table(
        "import_columns",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False, comment="folded: see rules.head_key"),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("region", "head", name=op.f("pk_import_columns")),
    )
    op.create_table(
        "registered_numbers",
        sa.Column("number", sa.Text(), nullable=False, comment="a customer has this service already"),
        sa.Column("since", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_registered_numbers")),
    )


def downgrade() -> None:
    for name in ("registered_numbers", "import_columns", "import_rejects", "imports"):
        op.drop_table(name)
