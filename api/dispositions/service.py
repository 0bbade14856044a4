"""Sets of dispositions in the database; every change wakes the engines."""

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.dispositions.schemas import ChooseDispositions, Disposition, DispositionRow, Dispositions, Retry
from api.errors import NotFound
from api.ids import new_id
from dialer.core import disposition as core
from dialer.store.dispositions import read_sets, rows_of, set_of
from dialer.store.selection_tables import dispositions
from dialer.store.tables import campaigns

CHANNEL = "tianzhou_campaigns"


async def get(connection: AsyncConnection, campaign_id: str | None) -> Dispositions:
    """The set that holds for the campaign; None = the centre's usual one. Raises NotFound."""
    if campaign_id is not None:
        await _hold(connection, campaign_id)
    sets = await read_sets(connection, [campaign_id] if campaign_id else [])
    return Dispositions(own=campaign_id in sets, items=[_answer(row) for row in set_of(sets, campaign_id)])


async def choose(connection: AsyncConnection, campaign_id: str | None, chosen: ChooseDispositions) -> Dispositions:
    """Puts the set in the place of the one before; no rows = the usual set again. Raises NotFound."""
    if campaign_id is None:
        await connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("dispositions"))))
    else:
        await _hold(connection, campaign_id)
    mine = dispositions.c.campaign_id.is_not_distinct_from(campaign_id)
    await connection.execute(delete(dispositions).where(mine))
    rows = rows_of(map(_core, chosen.items), campaign_id)
    if rows:
        await connection.execute(insert(dispositions), [row | {"id": new_id()} for row in rows])
    await connection.execute(select(func.pg_notify(CHANNEL, campaign_id or "")))
    return await get(connection, campaign_id)


async def _hold(connection: AsyncConnection, campaign_id: str) -> None:
    """Two changes of one set at once come one after the other. Raises NotFound."""
    query = select(campaigns.c.id).where(campaigns.c.id == campaign_id).with_for_update(key_share=True)
    if (await connection.execute(query)).first() is None:
        raise NotFound("unknown_campaign", "There is no campaign with this id.")


def _core(row: DispositionRow) -> core.Disposition:
    retry = core.Retry(**row.retry.model_dump()) if row.retry else None
    return core.Disposition(**{**row.model_dump(), "retry": retry})


def _answer(row: core.Disposition) -> Disposition:
    retry = Retry(**vars(row.retry)) if row.retry else None
    return Disposition(
        code=row.code,
        meaning=row.meaning,
        text_zh=row.text_zh,
        text_en=row.text_en,
        retry=retry,
        hotkey=row.hotkey,
        digit=row.digit,
        by_hand=row.by_hand,
        is_active=row.is_active,
        on_dnc=row.on_dnc,
        suggests_dnc=row.meaning is core.Meaning.NUISANCE,
    )
