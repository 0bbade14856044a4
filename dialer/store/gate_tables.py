"""Tables of what may not be dialed: numbers and prefixes, each for the country, the centre or one campaign."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Table, Text, UniqueConstraint

from dialer.store.metadata import Id, Moment, metadata
from dialer.store.tables import NOW, PERSONAL

_SCOPE = "scope in ('national','centre','campaign') and (scope = 'campaign') = (campaign_id is not null)"


def _scope() -> tuple[Column[str], Column[str]]:
    scope: Column[str] = Column(
        "scope", Text, CheckConstraint(_SCOPE, name="scope"), nullable=False, server_default="centre"
    )
    which = "the one campaign that may not; null = none may"
    return scope, Column("campaign_id", Id, ForeignKey("campaigns.id"), nullable=True, comment=which)


dnc = Table(
    "dnc",
    metadata,
    Column("number", Text, nullable=False, info=PERSONAL),
    Column("reason", Text, nullable=False),
    Column("created_at", Moment, nullable=False, server_default=NOW),
    *_scope(),
    UniqueConstraint("number", "scope", "campaign_id", postgresql_nulls_not_distinct=True),
)

dnc_prefixes = Table(
    "dnc_prefixes",
    metadata,
    Column("prefix", Text, CheckConstraint("prefix ~ '^[+][0-9]{1,14}$'", name="prefix"), nullable=False),
    *_scope(),
    Column("reason", Text, nullable=False),
    Column("created_at", Moment, nullable=False, server_default=NOW),
    UniqueConstraint("prefix", "scope", "campaign_id", postgresql_nulls_not_distinct=True),
)
