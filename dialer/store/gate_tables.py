"""Tables of what may not be dialed: numbers and prefixes, each for the country, the centre or one campaign, and when.

An entry holds while `withdrawn_at` is null; what was taken back stays as a row.
"""

from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from dialer.store.metadata import Id, Moment, metadata
from dialer.store.tables import NOW, PERSONAL

_SCOPE = "scope in ('national','centre','campaign') and (scope = 'campaign') = (campaign_id is not null)"
_HOLDS = text("withdrawn_at is null")
_NEW_ID = text(  # UUIDv7, for whoever writes rows without one
    "overlay(overlay(replace(gen_random_uuid()::text, '-', '') placing '7' from 13 for 1) placing "
    "lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') from 1 for 12)::uuid"
)


def _about() -> list[Column[Any]]:
    scope: Column[str] = Column(
        "scope", Text, CheckConstraint(_SCOPE, name="scope"), nullable=False, server_default="centre"
    )
    which = "the one campaign that may not; null = none may"
    asked = "the person did: taken back by two persons only"
    return [
        Column("id", Id, primary_key=True, server_default=_NEW_ID),
        scope,
        Column("campaign_id", Id, ForeignKey("campaigns.id"), nullable=True, comment=which),
        Column("reason", Text, nullable=False),
        Column("asked", Boolean, nullable=False, server_default=text("true"), comment=asked),
        Column("call_id", Id, nullable=True, comment="in which it was said"),
        Column("added_by", Id, nullable=True, comment="a user's id; null = the program"),
        Column("created_at", Moment, nullable=False, server_default=NOW),
        Column("said_at", Moment, nullable=True, comment="when it was said again, last"),
        Column("withdrawn_at", Moment, nullable=True, comment="null = it holds"),
    ]


def _once(name: str, what: str) -> Index:
    return Index(
        f"uq_{name}_holding",
        what,
        "scope",
        "campaign_id",
        unique=True,
        postgresql_where=_HOLDS,
        postgresql_nulls_not_distinct=True,
    )


dnc = Table("dnc", metadata, Column("number", Text, nullable=False, info=PERSONAL), *_about(), _once("dnc", "number"))

dnc_prefixes = Table(
    "dnc_prefixes",
    metadata,
    Column("prefix", Text, CheckConstraint("prefix ~ '^[+][0-9]{1,14}$'", name="prefix"), nullable=False),
    *_about(),
    _once("dnc_prefixes", "prefix"),
)

calendars = Table(
    "calendars",
    metadata,
    Column("region", Text, primary_key=True, comment="as the leads name it; empty = the whole centre"),
    Column("hours", JSONB, nullable=False, comment="usual, weekend, days: see dialer/store/calendars.py"),
    Column("changed_by", Id, nullable=False, comment="a user's id"),
    Column("changed_at", Moment, nullable=False),
)
