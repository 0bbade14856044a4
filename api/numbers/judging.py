"""A batch judged against what is there, in one transaction: then leads, rejects and progress are there together."""

from collections import Counter
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from sqlalchemy import Row, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from api.numbers.batches import LEADS, REJECTS, Batch
from api.numbers.rules import Reject, RejectReason
from api.numbers.tables import imports
from dialer.core.numbers import mask

MAKE = text(
    "create temporary table if not exists import_batch (n int, row int, head text, id uuid, number text, again bool,"
    " person_id uuid, name text, region text, quality text, consent_source text, consent_basis text,"
    " consent_proof text, fields jsonb) on commit delete rows"
)
# by index whatever the planner believes of tables that grow under it; a crash may cost the last batches, each with
# its progress, and the next transaction that waits for the disk keeps them too
MANNER = text("""
select set_config(name, value, true) from (values ('synchronous_commit', 'off'), ('jit', 'off'),
    ('enable_seqscan', 'off')) as manner (name, value)
""")
# The gravest first. Of one number in the file the row that comes first stays, wherever the batches end: what speaks
# against the first speaks against the others. `limit` keeps each look one search in an index. One number of a person
# is called; the others wait until a rule asks for them. In the order of numbers two files at once wait for each other
# one way only.
JUDGE = text("""
with sizes as materialized (select distinct length(prefix) as size from dnc_prefixes where withdrawn_at is null),
judged as materialized (
    select b.*, case
        when (select true from dnc d where d.number = b.number and d.withdrawn_at is null
            and coalesce(d.campaign_id, :campaign_id) = :campaign_id limit 1) then 'dnc'
        when (select true from dnc_prefixes p
            where p.prefix = any (array(select left(b.number, s.size) from sizes s)) and p.withdrawn_at is null
            and coalesce(p.campaign_id, :campaign_id) = :campaign_id limit 1) then 'dnc'
        when (select true from registered_numbers r where r.number = b.number limit 1) then 'registered'
        when there.id is not null and there.import_id is distinct from :import_id then 'duplicate_in_campaign'
        when :across = 'reject' and (select true from leads o where o.number = b.number
            and o.campaign_id <> :campaign_id and o.holder not in ('used', 'blocked') limit 1)
            then 'duplicate_in_centre'
        when b.again or there.id is not null then 'duplicate_in_file'
    end as verdict
    from import_batch b left join lateral (
        select j.id, j.import_id from leads j where j.campaign_id = :campaign_id and j.number = b.number limit 1
    ) there on true
),
called as (
    select distinct on (person_id) id from judged where verdict is null and person_id is not null
    order by person_id, n
),
kept as (
    insert into leads (id, campaign_id, list_id, import_id, person_id, number, name, region, quality,
        consent_source, consent_basis, consent_proof, fields, state)
    select id, :campaign_id, :list_id, :import_id, person_id, number, name, region, quality,
        consent_source, consent_basis, consent_proof, fields,
        case when person_id is null or id in (select id from called) then 'new' else 'waiting' end
    from judged where verdict is null and :keeps order by number
)
select row, head, number, verdict, consent_basis is null as waits from judged where verdict is not null order by n
""")


async def judge(
    connection: AsyncConnection, found: Row[Any], batch: Batch, keeps: bool = False
) -> Sequence[Row[Any]]:
    """The batch's numbers that cannot be leads, in their order; the others are leads now, if it `keeps` them."""
    await connection.execute(MANNER)
    await connection.execute(MAKE)
    raw: Any = (await connection.get_raw_connection()).driver_connection
    await _copy(raw, "import_batch", batch.leads, LEADS, ["head", "name", "region", "quality"])
    here = {"import_id": found.id, "campaign_id": found.campaign_id, "list_id": found.list_id}
    return (await connection.execute(JUDGE, here | {"across": found.across, "keeps": keeps})).all()


async def keep(connection: AsyncConnection, found: Row[Any], batch: Batch) -> None:
    """Writes the batch; `found` is its row of `imports`, held. All of it or nothing is committed.

    Raises IntegrityError where somebody else has brought one of its numbers meanwhile: judged again, it is known.
    """
    judged = await judge(connection, found, batch, keeps=True)
    raw: Any = (await connection.get_raw_connection()).driver_connection
    await _copy(raw, "import_rejects", batch.rejects, REJECTS, ["head", "value"])
    records = [(found.id, each.row, each.column, each.reason.value, each.value) for each in refused(judged)]
    await raw.copy_records_to_table("import_rejects", records=records, columns=REJECTS)
    rejected = Counter(found.rejected) + counted(batch, judged)
    changed = {
        "position": batch.position,
        "rows_done": found.rows_done + batch.rows,
        "accepted": found.accepted + batch.numbers - len(judged),
        "without_consent": found.without_consent + waiting(batch, judged),
        "rejected": dict(rejected),
    }
    await connection.execute(update(imports).where(imports.c.id == found.id).values(changed))


def refused(judged: Sequence[Row[Any]]) -> list[Reject]:
    """What was judged, as it is told."""
    return [Reject(row.row, row.head, RejectReason(row.verdict), mask(row.number)) for row in judged]


def counted(batch: Batch, judged: Sequence[Row[Any]]) -> Counter[str]:
    """Rejects of the batch by reason, both of its own and those that were judged."""
    return Counter(batch.rejected) + Counter(row.verdict for row in judged)


def waiting(batch: Batch, judged: Sequence[Row[Any]]) -> int:
    """How many of the batch's leads have no proof of consent."""
    return batch.without_consent - sum(bool(row.waits) for row in judged)


async def _copy(raw: Any, table: str, lines: bytes, columns: tuple[str, ...], filled: list[str]) -> None:
    await raw.copy_to_table(table, source=BytesIO(lines), columns=columns, format="csv", force_not_null=filled)
