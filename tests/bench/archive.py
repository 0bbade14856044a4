"""An archive of recordings as years of work leave it, made by the database itself; for the bench of the search.

200 agents and 20 campaigns, some much busier than others, calls from 9 to 21 o'clock, four of five recorded, numbers
that come again; with its attempts and their dispositions.
"""

import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import Table, insert, text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.auth.tables import users
from api.ids import new_id
from dialer.core.incidents import Incident, IncidentKind
from dialer.store.incidents import open_incident
from dialer.store.migrate import PARTITIONED, _make_partitions
from dialer.store.tables import attempts, campaigns
from recordings.tables import recordings

AGENTS, CAMPAIGNS = 200, 20
YEARS = 3
DAY_S = 12 * 3600
CHUNK = 250_000  # rows of one statement
SERVES = {"ix_attempts_disposition"}  # of the attempts' indexes, the one that a search needs
INCIDENTS = 500
REGIONS = ["广东", "浙江", "江苏", "山东", "河南", "四川", "湖北", "福建"]
# r(n, k): the k-th chance of the n-th call, 0 <= r < 1, the same in both tables
CHANCE = """
create or replace function pg_temp.r(n bigint, k bigint) returns double precision immutable language sql
  as 'select (hashint8extended(n, k) & 1048575) / 1048576.0'
"""
PLACES = (attempts, recordings)
PARTITIONS = "select inhrelid::regclass::text from pg_inherits where inhparent = cast(:parent as regclass)"
CALLS = """
select n, at, seconds, is_present,
  (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' ||
    lpad(to_hex(n), 15, '0'))::uuid as id,
  case when is_present or pg_temp.r(n, 3) < 0.1
    then (cast(:agents as uuid[]))[1 + floor(:n_agents * power(pg_temp.r(n, 4), 1.5))::int] end as agent_id,
  1 + floor(:n_campaigns * power(pg_temp.r(n, 5), 1.5))::int as campaign,
  '+86138' || lpad((floor(3000000 * pg_temp.r(n, 6))::bigint * 37 % 100000000)::text, 8, '0') as number
from (
  select n, pg_temp.r(n, 1) < 0.8 as is_present, floor(-ln(1 - pg_temp.r(n, 2)) * 90) as seconds,
    cast(:start as timestamptz) + (n / :per_day) * interval '1 day' + (n % :per_day) * cast(:gap as interval) as at
  from generate_series(cast(:first as bigint), cast(:last as bigint)) as n
) as drawn
"""
RECORDINGS = f"""
insert into recordings (attempt_id, campaign_id, agent_id, number, started_at, status, reason, storage_key, bytes,
  sha256_pcm, rate, channels, samples, talk_s, difference_s, repaired, sealed_at, region)
select id, (cast(:campaigns as uuid[]))[campaign], agent_id, number, at,
  case when is_present then 'present' else 'absent' end,
  case when is_present then (case when pg_temp.r(n, 7) < 0.004 then 'no_media' when pg_temp.r(n, 7) < 0.006
    then 'agent_leg_missing' end)
    else (array['no_answer', 'busy', 'rejected'])[1 + floor(3 * pg_temp.r(n, 8))::int] end,
  case when is_present then to_char(at, 'YYYY/MM/DD/') || id || '.flac' end,
  case when is_present then seconds * 4000 end, case when is_present then sha256(int8send(n)) end, 8000, 2,
  case when is_present then seconds * 8000 end, case when is_present then seconds else 0 end,
  case when is_present then (case when pg_temp.r(n, 9) < 0.005 then -3 else 0.04 end) end,
  is_present and pg_temp.r(n, 10) < 0.001, at + seconds * interval '1 second',
  (cast(:regions as text[]))[1 + campaign % 8]
from ({CALLS}) as calls
"""
ATTEMPTS = f"""
insert into attempts (id, campaign_id, agent_id, number, mode, trunk, node, token, opened_at, answered_at, ended_at,
  dial_result, disposition)
select id, (cast(:campaigns as uuid[]))[campaign], agent_id, number, 'progressive', 't', 'n', 1, at,
  case when is_present then at end, at + seconds * interval '1 second',
  case when is_present then 'answered' else 'busy' end,
  case when is_present then (case when pg_temp.r(n, 11) < 0.12 then 'sale' when pg_temp.r(n, 11) < 0.13 then 'dnc'
    when pg_temp.r(n, 11) < 0.131 then 'nuisance' else 'refused' end) end
from ({CALLS}) as calls
"""


class Archive:
    """Who and what is in it."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.agents = [new_id() for _ in range(AGENTS)]
        self.campaigns = [new_id() for _ in range(CAMPAIGNS)]
        self.days = YEARS * 365
        self.per_day = -(-rows // self.days)
        today = datetime.now(UTC).replace(hour=1, minute=0, second=0, microsecond=0)  # 9 o'clock in Shanghai
        self.start = today - timedelta(days=self.days)

    async def fill(self, owner: AsyncEngine, at_most_s: float) -> float:
        """Makes it; how many seconds that took. The indexes are made afterwards: that takes a third of the time.

        What is not made within `at_most_s` is left out: then the archive ends some days earlier.
        """
        began = time.monotonic()
        await self._people(owner)
        for table in PLACES:
            await self._prepare(owner, table)
        made = 0
        while made < self.rows and time.monotonic() - began < at_most_s:
            first, made = made, min(made + CHUNK, self.rows)
            await self._fill(owner, first, made - 1)
        self.days, self.rows = max(1, made // self.per_day), made
        for table in PLACES:
            await self._index(owner, table)
        async with owner.connect() as connection:
            await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(
                text("vacuum (analyze) attempts, recordings")
            )
        await self._incidents(owner)
        return time.monotonic() - began

    async def _people(self, owner: AsyncEngine) -> None:
        people = [
            {"id": one, "username": f"agent-{n}", "name": f"话务员{n}", "password_hash": "-"}
            for n, one in enumerate(self.agents)
        ]
        work = {"product": "p", "region": "r", "mode": "progressive", "caller_id": "10010"}
        async with owner.begin() as connection:
            await connection.execute(insert(users), people)
            await connection.execute(
                insert(campaigns), [{"id": one, "name": f"c{n}"} | work for n, one in enumerate(self.campaigns)]
            )
            for table in PARTITIONED:
                for years in range(YEARS + 1):  # each call makes two years
                    await _make_partitions(connection, table, self.start + timedelta(days=365 * years))

    async def _prepare(self, owner: AsyncEngine, table: Table) -> None:
        """Without indexes, and without a log of what is written, which a server of the bench would never read."""
        async with owner.begin() as connection:
            for index in table.indexes:
                await connection.run_sync(index.drop)
            for partition in (await connection.execute(text(PARTITIONS), {"parent": table.name})).scalars().all():
                await connection.execute(text(f"alter table {partition} set unlogged"))

    async def _fill(self, owner: AsyncEngine, first: int, last: int) -> None:
        """These calls, in both tables."""
        facts = {"agents": self.agents, "campaigns": self.campaigns, "n_agents": AGENTS, "n_campaigns": CAMPAIGNS}
        facts |= {"per_day": self.per_day, "gap": timedelta(seconds=DAY_S / self.per_day), "start": self.start}
        facts |= {"first": first, "last": last}
        async with owner.begin() as connection:
            await connection.execute(text(CHANCE))
            await connection.execute(text(ATTEMPTS), facts)
            await connection.execute(text(RECORDINGS), facts | {"regions": REGIONS})

    async def _index(self, owner: AsyncEngine, table: Table) -> None:
        for index in table.indexes:
            if table is recordings or index.name in SERVES:
                async with owner.begin() as connection:
                    await connection.execute(text("set local maintenance_work_mem = '256MB'"))
                    await connection.run_sync(index.create)

    async def _incidents(self, owner: AsyncEngine) -> None:
        """Some that nobody has closed, all over the years."""
        async with owner.begin() as connection:
            sample = text(
                "select attempt_id from recordings tablesample system (1) where status = 'present' limit :n"
            )
            for (call,) in await connection.execute(sample, {"n": INCIDENTS}):
                now = datetime.now(UTC)
                await open_incident(connection, Incident(IncidentKind.ONE_SIDED, str(call), now, "x", str(call)))
