"""login lock-out and sessions"""

import sqlalchemy as sa

from alembic import op

revision = "0004"
down_revision = "0003"

NOW = sa.text("now()")


def upgrade() -> None:
    # every new column has a default: an api of the version before goes on logging people in
    new_id = sa.text("gen_random_uuid()")
    op.add_column("auth_sessions", sa.Column("id", sa.Uuid(as_uuid=False), server_default=new_id, nullable=False))
    op.add_column(
        "auth_sessions", sa.Column("last_seen_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False)
    )
    op.add_column(
        "auth_sessions", sa.Column("address", sa.Text(), nullable=True, comment="where the login came from")
    )
    op.add_column(
        "auth_sessions", sa.Column("agent", sa.Text(), nullable=True, comment="the User-Agent of the login, cut")
    )
    op.create_unique_constraint(op.f("uq_auth_sessions_id"), "auth_sessions", ["id"])
    op.create_table(
        "login_tries",
        sa.Column("key", sa.LargeBinary(), nullable=False, comment="SHA-256 of a typed name or a client's address"),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "since",
            sa.DateTime(timezone=True),
            server_default=NOW,
            nullable=False,
            comment="failures are forgiven from here on",
        ),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_login_tries")),
    )


def downgrade() -> None:
    op.drop_table("login_tries")
    op.drop_constraint(op.f("uq_auth_sessions_id"), "auth_sessions", type_="unique")
    for column in ("agent", "address", "last_seen_at", "id"):
        op.drop_column("auth_sessions", column)
