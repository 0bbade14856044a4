"""One batch of an import in one transaction: judged against what is there, then leads, rejects, progress together."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, insert, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from api.ids import new_id
from api.numbers.rules import Person, Plan, Reject, RejectReason, read_row
from api.numbers.tables import import_rejects, imports
from dialer.core.numbers import mask

COLUMNS = (
    *("n", "row", "head", "id", "number", "person_id", "name", "region", "quality"),
    *("consent_source", "consent_basis", "consent_proof", "fields"),
)
MAKE = text(
    "create temporary table if not exists import_batch (n int, row int, head text, id uuid, number text,"
    " person_id uuid, name text, region text, quality text, consent_source text, consent_basis text,"
    " consent_proof text, fields text, verdict text) on commit delete rows"
)
# the gravest first; within one number of the file, the row that comes first stays
JUDGE = text("""
update import_batch b set verdict = case
    when exists (select from dnc d where d.number = b.number
            and (d.campaign_id is null or d.campaign_id = :campaign_id))
        or exists (select from dnc_prefixes p where starts_with(b.number, p.prefix)
            and (p.campaign_id is null or p.campaign_id = :campaign_id)) then 'dnc'
    when exists (select from registered_numbers r where r.number = b.number) then 'registered'
    when b.n > f.first or j.import_id = :import_id then 'duplicate_in_file'
    when j.id is not null then 'duplicate_in_campaign'
    when :across = 'reject' and exists (
        select from leads o where o.number = b.number and o.campaign_id <> :campaign_id
        and o.holder not in ('used', 'blocked')) then 'duplicate_in_centre'
    end
from (select number, min(n) as first from import_batch group by number) f
left join leads j on j.campaign_id = :campaign_id and j.number = f.number
where f.number = b.number
""")
# one number of a person is called; the others wait until a rule asks for them
KEEP = text("""
with good as (
    select *, row_number() over (partition by person_id order by n) as nth from import_batch where verdict is null
)
insert into leads (id, campaign_id, list_id, import_id, person_id, number, name, region, quality,
    consent_source, consent_basis, consent_proof, fields, state)
select id, :campaign_id, :list_id, :import_id, person_id, number, name, region, quality,
    nullif(consent_source, ''), nullif(consent_basis, ''), nullif(consent_proof, ''), fields::jsonb,
    case when person_id is null or nth = 1 then 'new' else 'waiting' end
from good
on conflict (campaign_id, number) do nothing
returning number, consent_basis
""")
VERDICTS = text("select row, head, number, verdict from import_batch where verdict is not null order by n")
RACED = text("""
select row, head, number, 'duplicate_in_campaign' as verdict from import_batch b
where verdict is null and not exists (select from leads l where l.id = b.id) order by n
""")


@dataclass
class Batch:
    """Rows as they were read: who can be a lead, what cannot, and where the next batch begins."""

    start: int  # a byte of the plain form
    position: int
    rows: int = 0
    persons: list[Person] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)


def read_batch(rows: Sequence[tuple[int, int, list[str]]], plan: Plan, start: int, skip: int = 0) -> Batch:
    """Judges each row by itself; `skip` of them are heads."""
    batch = Batch(start, start)
    for after, row, cells in rows[skip:]:
        person, rejects = read_row(row, cells, plan)
        batch.position, batch.rows = after, batch.rows + 1
        batch.rejects += rejects
        if person is not None:
            batch.persons.append(person)
    return batch


async def keep(connection: AsyncConnection, found: Row[Any], batch: Batch) -> None:
    """Writes the batch; `found` is its row of `imports`, held. All of it or nothing is committed."""
    here = {"import_id": found.id, "campaign_id": found.campaign_id, "list_id": found.list_id}
    await connection.execute(MAKE)
    raw: Any = (await connection.get_raw_connection()).driver_connection
    await raw.copy_records_to_table("import_batch", records=_records(batch.persons), columns=COLUMNS)
    await connection.execute(JUDGE, here | {"across": found.across})
    kept = (await connection.execute(KEEP, here)).all()
    judged = [*await connection.execute(VERDICTS), *await connection.execute(RACED)]
    rejects = batch.rejects + [
        Reject(row.row, row.head, RejectReason(row.verdict), mask(row.number)) for row in judged
    ]
    if rejects:
        await connection.execute(insert(import_rejects), [_row(found.id, each) for each in rejects])
    counts = Counter(found.rejected) + Counter(each.reason.value for each in rejects)
    await connection.execute(
        update(imports)
        .where(imports.c.id == found.id)
        .values(
            position=batch.position,
            rows_done=found.rows_done + batch.rows,
            accepted=found.accepted + len(kept),
            without_consent=found.without_consent + sum(row.consent_basis is None for row in kept),
            rejected=dict(counts),
        )
    )


def _records(persons: Sequence[Person]) -> list[tuple[Any, ...]]:
    records: list[tuple[Any, ...]] = []
    for person in persons:
        person_id = new_id() if len(person.numbers) > 1 else None
        consent = person.consent if person.consent.is_whole else None
        said = (consent.source, consent.basis, consent.proof) if consent else ("", "", "")
        extra = json.dumps(person.fields, ensure_ascii=False) if person.fields else None
        for number in person.numbers:
            about = (person_id, person.name, person.region, person.quality)
            records.append((len(records), person.row, number.column, new_id(), number.number, *about, *said, extra))
    return records


def _row(import_id: str, reject: Reject) -> dict[str, Any]:
    return {
        "import_id": import_id,
        "row": reject.row,
        "head": reject.column,
        "reason": reject.reason.value,
        "value": reject.value,
    }
