"""Tables of the engine. Personal columns are marked `info=PERSONAL`: masking, export and erasure follow it.

Nothing that is evidence is updated in place by a person or deleted by code: attempts gain facts once each.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Time,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from dialer.store.metadata import Id, Moment, metadata

PERSONAL = {"personal": True}
NOW = text("now()")
IN_STOCK = "state in ('new','attempted') and holder = 'stock'"  # what the dialer may call by itself

campaigns = Table(
    "campaigns",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("product", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("script", Text, nullable=False, server_default=""),
    Column(
        "mode",
        Text,
        CheckConstraint("mode in ('manual','progressive','ratio','predictive')", name="mode"),
        nullable=False,
    ),
    Column(
        "state",
        Text,
        CheckConstraint("state in ('draft','running','paused','draining','stopped')", name="state"),
        nullable=False,
        server_default="draft",
    ),
    Column("trunk", Text, nullable=False, server_default="practice"),
    Column("caller_id", Text, nullable=False),
    Column("zone", Text, nullable=False, server_default="Asia/Shanghai"),
    Column("opens_at", Time, nullable=False, server_default="09:00"),
    Column("closes_at", Time, nullable=False, server_default="21:00"),
    Column("ring_s", Integer, CheckConstraint("ring_s >= 15", name="ring_s"), nullable=False, server_default="30"),
    Column("wrap_up_s", Integer, nullable=False, server_default="60"),
    Column("max_attempts", Integer, nullable=False, server_default="3"),
    Column("retry_after_s", Integer, nullable=False, server_default="3600"),
    Column(
        "priority",
        Integer,
        CheckConstraint("priority between 0 and 100", name="priority"),
        nullable=False,
        server_default="50",
        comment="higher first",
    ),
    Column(
        "closing_margin_s",
        Integer,
        CheckConstraint("closing_margin_s between 0 and 3600", name="closing_margin_s"),
        nullable=False,
        server_default="300",
        comment="no dialing so close before closes_at",
    ),
    Column("disposition_required", Boolean, nullable=False, server_default=text("true")),
    Column(
        "issued_only",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="by hand an agent calls only what was issued to him, and his callbacks",
    ),
    Column(
        "fresh_pct",
        Integer,
        CheckConstraint("fresh_pct between 0 and 100", name="fresh_pct"),
        nullable=False,
        server_default="70",
        comment="of claims, fresh leads where there are both; the rest are retried ones",
    ),
    Column(
        "preset",
        Text,
        CheckConstraint("preset in ('CN','US','UK','practice')", name="preset"),
        nullable=False,
        server_default="CN",
    ),
    Column(
        "abandon_limit",
        Double,
        CheckConstraint("abandon_limit between 0 and 0.03", name="abandon_limit"),
        nullable=False,
        server_default="0.03",
        comment="abandons as a share of live answers, for each day; 3 % is the law's (47 CFR 64.1200(a)(7))",
    ),
    Column(
        "window_s",
        Double,
        CheckConstraint("window_s between 0.5 and 2", name="window_s"),
        nullable=True,
        comment="an answered customer waits so long at most; null = the centre's",
    ),
    Column(
        "lines_per_agent",
        Double,
        CheckConstraint("lines_per_agent between 1 and 5", name="lines_per_agent"),
        nullable=False,
        server_default="1.5",
        comment="of the mode ratio",
    ),
    Column(
        "most_lines",
        Integer,
        CheckConstraint("most_lines between 1 and 10000", name="most_lines"),
        nullable=True,
        comment="in the air at once; null = as many as the trunk has",
    ),
    Column("created_at", Moment, nullable=False, server_default=NOW),
)

pacing_changes = Table(
    "pacing_changes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("campaign_id", Id, ForeignKey("campaigns.id"), nullable=False),
    Column("at", Moment, nullable=False, server_default=NOW),
    Column("changed_by", Id, nullable=False, comment="a user's id"),
    Column("why", Text, nullable=False),
    Column("before", JSONB, nullable=False),
    Column("after", JSONB, nullable=False),
    Index("ix_pacing_changes_campaign", "campaign_id", "id"),
)

pacing_now = Table(
    "pacing_now",
    metadata,
    Column("campaign_id", Id, primary_key=True),
    Column("node", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("body", JSONB, nullable=False),
)

pacing_moments = Table(
    "pacing_moments",
    metadata,
    Column("campaign_id", Id, primary_key=True),
    Column("at", Moment, primary_key=True),
    Column("node", Text, primary_key=True),
    Column("body", JSONB, nullable=False),
)

emergency_stops = Table(
    "emergency_stops",
    metadata,
    Column("id", Id, primary_key=True),
    Column("how", Text, CheckConstraint("how in ('drain','cut')", name="how"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("stopped_by", Id, nullable=False, comment="a user's id"),
    Column("at", Moment, nullable=False, server_default=NOW),
    Column("lifted_by", Id, nullable=True),
    Column("lifted_at", Moment, nullable=True, comment="null = it holds; at most one does"),
    Index("uq_emergency_stops_active", text("(true)"), unique=True, postgresql_where=text("lifted_at is null")),
)

lists = Table(
    "lists",
    metadata,
    Column("id", Id, primary_key=True),
    Column("campaign_id", Id, ForeignKey("campaigns.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("region", Text, nullable=False, server_default=""),
    Column(
        "priority",
        Integer,
        CheckConstraint("priority between 0 and 100", name="priority"),
        nullable=False,
        server_default="50",
    ),
    Column(
        "weight",
        Integer,
        CheckConstraint("weight between 1 and 100", name="weight"),
        nullable=False,
        server_default="50",
    ),
    Column("is_active", Boolean, nullable=False, server_default=text("true"), comment="false = not dialed"),
    Column("created_by", Id, nullable=True),
    Column("created_at", Moment, nullable=False, server_default=NOW),
    UniqueConstraint("campaign_id", "name"),
)

leads = Table(
    "leads",
    metadata,
    Column("id", Id, primary_key=True),
    Column("campaign_id", Id, ForeignKey("campaigns.id"), nullable=False),
    Column("list_id", Id, ForeignKey("lists.id"), nullable=True, comment="null = of no list"),
    Column("import_id", Id, nullable=True, comment="the import that brought it"),
    Column("person_id", Id, nullable=True, comment="the same for every number of one person; null = one number"),
    Column("number", Text, nullable=False, info=PERSONAL, comment="E.164, +86..."),
    Column("region", Text, nullable=False, server_default=""),
    Column("name", Text, nullable=False, server_default="", info=PERSONAL),
    Column("fields", JSONB, nullable=True, info=PERSONAL, comment="what else the file said of the person, by header"),
    Column("quality", Text, nullable=False, server_default="", comment="the region's own grade, as A, B, C"),
    Column("zone", Text, nullable=True, comment="the called place's; null = not known"),
    Column("consent_source", Text, nullable=True, comment="who got it, and where"),
    Column("consent_basis", Text, nullable=True, comment="null = no proof of consent: never dialed"),
    Column("consent_proof", Text, nullable=True, comment="where the proof lies"),
    Column(
        "state",
        Text,
        CheckConstraint("state in ('new','claimed','attempted','done','blocked','waiting','callback')", name="state"),
        nullable=False,
        server_default="new",
    ),
    Column(
        "holder",
        Text,
        CheckConstraint("holder in ('stock','leader','agent','used','blocked')", name="holder"),
        nullable=False,
        server_default="stock",
        comment="the one account that has the number; the dialer calls by itself from stock alone",
    ),
    Column("holder_id", Id, nullable=True, comment="which leader or agent: a user's id"),
    Column("reason", Text, nullable=True, comment="why it was last refused or closed"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_at", Moment, nullable=False, server_default=NOW),
    Column("claimed_by", Text, nullable=True),
    Column("claim_token", BigInteger, nullable=True),
    Column("created_at", Moment, nullable=False, server_default=NOW),
    UniqueConstraint("campaign_id", "number"),
    Index(
        "ix_leads_due",
        "campaign_id",
        "next_at",
        "id",
        postgresql_where=text(IN_STOCK),
    ),
    Index(
        "ix_leads_shelf",
        "campaign_id",
        text("coalesce(zone, '')"),
        text("coalesce(list_id, '00000000-0000-0000-0000-000000000000')"),
        "state",
        "next_at",
        "id",
        postgresql_where=text(IN_STOCK),
    ),
    Index("ix_leads_callback", "campaign_id", "next_at", postgresql_where=text("state = 'callback'")),
    Index("ix_leads_held", "holder_id", "id", postgresql_where=text("holder_id is not null")),
    Index("ix_leads_number", "number"),
    Index("ix_leads_list", "list_id", "id"),
    Index("ix_leads_import", "import_id", postgresql_where=text("import_id is not null")),
    Index("ix_leads_person", "person_id", postgresql_where=text("person_id is not null")),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Id, primary_key=True, comment="UUIDv7; the customer leg's channel id"),
    Column("lead_id", Id, nullable=True, index=True),
    Column("campaign_id", Id, nullable=False),
    Column("session_id", Id, nullable=True),
    Column("agent_id", Id, nullable=True),
    Column("number", Text, nullable=False, info=PERSONAL),
    Column("mode", Text, nullable=False),
    Column("trunk", Text, nullable=False),
    Column("node", Text, nullable=False),
    Column("token", BigInteger, nullable=False, comment="fencing token of the lease it was opened under"),
    Column("opened_at", Moment, nullable=False),
    Column("answered_at", Moment, nullable=True),
    Column("connected_at", Moment, nullable=True),
    Column("ended_at", Moment, nullable=True, comment="null = open"),
    Column("dial_result", Text, nullable=True),
    Column("end_reason", Text, nullable=True),
    Column("cause", Integer, nullable=True, comment="Q.850 cause of the hangup"),
    Column("tech_cause", Integer, nullable=True, comment="SIP code, the second witness"),
    Column("abandoned", Boolean, nullable=False, server_default=text("false")),
    Column("disposition", Text, nullable=True),
    Column("disposed_at", Moment, nullable=True),
    Column("meaning", Text, nullable=True, comment="of its disposition"),
    Index("ix_attempts_open", "node", postgresql_where=text("ended_at is null")),
    Index("ix_attempts_agent", "agent_id", "id"),
    Index("ix_attempts_number", "number"),
    Index("ix_attempts_disposition", "disposition", "id", postgresql_where=text("disposition is not null")),
    postgresql_partition_by="RANGE (id)",
)

agent_sessions = Table(
    "agent_sessions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("agent_id", Id, nullable=False),
    Column("extension", Text, nullable=False),
    Column("campaign_id", Id, ForeignKey("campaigns.id"), nullable=False, comment="the first of campaign_ids"),
    Column(
        "campaign_ids",
        ARRAY(Id),
        nullable=False,
        server_default=text("'{}'"),
        comment="by priority at the start; empty = campaign_id alone",
    ),
    Column("node", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=True, comment="why paused"),
    Column("attempt_id", Id, nullable=True, comment="the call in hand"),
    Column("state_at", Moment, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment, nullable=True),
    Index("uq_agent_sessions_live", "agent_id", unique=True, postgresql_where=text("ended_at is null")),
)

phones = Table(
    "phones",
    metadata,
    Column("extension", Text, CheckConstraint("extension ~ '^[0-9]{3,6}$'", name="extension"), primary_key=True),
    Column("secret", Text, nullable=False),
)

commands = Table(
    "commands",
    metadata,
    Column("id", Id, primary_key=True),
    Column("node", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("requested_by", Id, nullable=True),
    Column(
        "status",
        Text,
        CheckConstraint("status in ('queued','taken','done','refused','failed')", name="status"),
        nullable=False,
        server_default="queued",
    ),
    Column("result", JSONB, nullable=True),
    Column("created_at", Moment, nullable=False, server_default=NOW),
    Column("ended_at", Moment, nullable=True),
    Index("ix_commands_queued", "node", "id", postgresql_where=text("status = 'queued'")),
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

nodes = Table(
    "nodes",
    metadata,
    Column("name", Text, primary_key=True, comment="a dialer's node, or `worker:<name>`"),
    Column("heartbeat_at", Moment, nullable=False),
    Column("health", JSONB, nullable=False),
)

ledger = Table(
    "ledger",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("attempt_id", Id, nullable=True, index=True, comment="null = about no call"),
    Column("event_at", Moment, nullable=False),
    Column("appended_at", Moment, nullable=False),
    Column("body", Text, nullable=False, comment="canonical JSON"),
    Column("prev_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

recording_facts = Table(
    "recording_facts",
    metadata,
    Column("attempt_id", Id, primary_key=True),
    Column("rx_packets", BigInteger, nullable=True, comment="RTP that came from the customer; null = not told"),
    Column("tx_packets", BigInteger, nullable=True, comment="RTP that went to the customer"),
    Column("closed_at", Moment, nullable=False, comment="when both files were closed, by the engine's clock"),
)

self_tests = Table(
    "self_tests",
    metadata,
    Column("id", Id, primary_key=True, comment="no attempt has it"),
    Column("node", Text, nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("ended_at", Moment, nullable=False),
    Column("why", Text, nullable=False, comment="what was wrong; empty = it passed"),
)

pause_intervals = Table(
    "pause_intervals",
    metadata,
    Column("call_id", Id, primary_key=True),
    Column("began_at", Moment, primary_key=True),
    Column("agent_id", Id, nullable=False),
    Column("ended_at", Moment, nullable=True, comment="null = the recording is muted now"),
    Column("why", Text, nullable=True, comment="how it ended: resumed, too_long, ended, failed"),
    Index("ix_pause_intervals_open", "call_id", postgresql_where=text("ended_at is null")),
)

ledger_head = Table(
    "ledger_head",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="single"), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", Text, nullable=False, comment="dialer.core.incidents.IncidentKind"),
    Column("subject", Text, nullable=False, comment="what it is about: a call's id, a node, a disk"),
    Column("call_id", Id, nullable=True, index=True),
    Column("detail", Text, nullable=False, comment="a sentence for a person; no number, no name"),
    Column("facts", JSONB, nullable=False, server_default=text("'{}'")),
    Column("opened_at", Moment, nullable=False),
    Column("last_seen_at", Moment, nullable=False),
    Column("seen", Integer, nullable=False, server_default="1", comment="how often it was found while open"),
    Column("owner_id", Id, nullable=True, comment="a user's id: who looks after it"),
    Column("owned_at", Moment, nullable=True),
    Column("closed_at", Moment, nullable=True, comment="null = open"),
    Column("closed_by", Id, nullable=True, comment="null and closed = found to be over by the program"),
    Column("resolution", Text, nullable=True, comment="what was done about it"),
    Index("uq_incidents_open", "kind", "subject", unique=True, postgresql_where=text("closed_at is null")),
    Index("ix_incidents_open_call", "call_id", postgresql_where=text("closed_at is null and call_id is not null")),
)

# no transaction that is still to commit can get a position at or below a finished one's: see dialer/store/events.py
POSITION = text(
    "greatest(pg_current_xact_id()::text::bigint, pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1)"
)

events = Table(
    "events",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False, server_default=POSITION),
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column(
        "kind",
        Text,
        CheckConstraint(
            "kind in ('start','agent','call','campaign','recording','emergency_stop','incident','callback')",
            name="kind",
        ),
        nullable=False,
    ),
    Column("agent_id", Id, nullable=True, comment="whose change it is: an agent sees his own and no other"),
    Column("at", Moment, nullable=False, server_default=text("clock_timestamp()")),
    Column("body", JSONB, nullable=False, comment="the object as it is now; numbers masked"),
)
