"""Accounts, their roles and their sessions; what is remembered of failed logins."""

from sqlalchemy import Boolean, Column, ForeignKey, Integer, LargeBinary, Table, Text, text

from dialer.store.metadata import Id, Moment, metadata
from dialer.store.tables import NOW, PERSONAL

users = Table(
    "users",
    metadata,
    Column("id", Id, primary_key=True),
    Column("username", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("password_hash", Text, nullable=False, comment="argon2id"),
    Column("extension", Text, ForeignKey("phones.extension"), nullable=True, unique=True),
    Column("active", Boolean, nullable=False, server_default="true"),
    Column("created_at", Moment, nullable=False, server_default=NOW),
)

user_roles = Table(
    "user_roles",
    metadata,
    Column("user_id", Id, ForeignKey("users.id"), primary_key=True),
    Column("role", Text, primary_key=True),
)

auth_sessions = Table(
    "auth_sessions",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True, comment="SHA-256 of the opaque token"),
    Column("user_id", Id, ForeignKey("users.id"), nullable=False, index=True),
    Column("created_at", Moment, nullable=False, server_default=NOW),
    Column("expires_at", Moment, nullable=False),
    Column("revoked_at", Moment, nullable=True),
    Column("id", Id, nullable=False, unique=True, server_default=text("gen_random_uuid()")),
    Column("last_seen_at", Moment, nullable=False, server_default=NOW),
    Column("address", Text, nullable=True, info=PERSONAL, comment="where the login came from"),
    Column("agent", Text, nullable=True, comment="the User-Agent of the login, cut"),
)

login_tries = Table(
    "login_tries",
    metadata,
    Column("key", LargeBinary, primary_key=True, comment="SHA-256 of a typed name or a client's address"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("since", Moment, nullable=False, server_default=NOW, comment="failures are forgiven from here on"),
    Column("blocked_until", Moment, nullable=True),
)
