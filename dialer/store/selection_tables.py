"""Tables of what comes after a call: the dispositions that may be given, and what each means for the number."""

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Integer, Table, Text, UniqueConstraint, text

from dialer.core.disposition import Meaning
from dialer.store.metadata import Id, metadata

_MEANINGS = ",".join(f"'{meaning}'" for meaning in Meaning)

dispositions = Table(
    "dispositions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("campaign_id", Id, ForeignKey("campaigns.id"), nullable=True, comment="null = of the centre's usual set"),
    Column("code", Text, nullable=False),
    Column("meaning", Text, CheckConstraint(f"meaning in ({_MEANINGS})", name="meaning"), nullable=False),
    Column("text_zh", Text, nullable=False),
    Column("text_en", Text, nullable=False),
    Column("is_final", Boolean, nullable=False, comment="false = the number is tried again"),
    Column("delay_s", Integer, nullable=True, comment="until the next try; null = as the campaign says"),
    Column("most", Integer, nullable=True, comment="tries of the number in all; null = as the campaign says"),
    Column("other_number", Boolean, nullable=False, server_default=text("false"), comment="of the same person"),
    Column("hotkey", Text, nullable=False, server_default=""),
    Column("digit", Text, nullable=False, server_default="", comment="on the phone's keys"),
    Column("by_hand", Boolean, nullable=False, server_default=text("true"), comment="false = the network's word"),
    Column("is_active", Boolean, nullable=False, server_default=text("true")),
    Column("position", Integer, nullable=False, comment="the order in which they are shown"),
    UniqueConstraint("campaign_id", "code", postgresql_nulls_not_distinct=True),
)
