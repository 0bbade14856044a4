"""The sets of dispositions as rows: a campaign's own, else the centre's, else the one that we ship."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.core.disposition import DEFAULT, Disposition, Dispositions, Meaning, Retry
from dialer.store.selection_tables import dispositions

CENTRE = None
_ALL = select(dispositions).order_by(dispositions.c.position)


async def read_sets(connection: AsyncConnection, campaign_ids: Sequence[str]) -> dict[str | None, Dispositions]:
    """The rows of these campaigns and of the centre (None), each in its order; one without rows is not there."""
    of_these = or_(dispositions.c.campaign_id.in_(campaign_ids), dispositions.c.campaign_id.is_(CENTRE))
    found: dict[str | None, list[Disposition]] = {}
    for row in await connection.execute(_ALL.where(of_these)):
        found.setdefault(row.campaign_id, []).append(of_row(row._mapping))
    return {key: tuple(rows) for key, rows in found.items()}


def set_of(sets: Mapping[str | None, Dispositions], campaign_id: str | None) -> Dispositions:
    """The campaign's set; of None the centre's."""
    return sets.get(campaign_id) or sets.get(CENTRE) or DEFAULT


def of_row(row: Mapping[Any, Any]) -> Disposition:
    """A row as the core has it."""
    retry = None if row["is_final"] else Retry(row["delay_s"], row["most"], row["other_number"])
    same = ("code", "text_zh", "text_en", "hotkey", "digit", "by_hand", "is_active")
    return Disposition(meaning=Meaning(row["meaning"]), retry=retry, **{name: row[name] for name in same})


def rows_of(chosen: Iterable[Disposition], campaign_id: str | None) -> list[dict[str, Any]]:
    """The set as rows, less their ids."""
    same = ("code", "text_zh", "text_en", "hotkey", "digit", "by_hand", "is_active")
    return [
        {name: getattr(row, name) for name in same}
        | {"campaign_id": campaign_id, "meaning": row.meaning.value, "position": position}
        | {"is_final": row.retry is None}
        | vars(row.retry or Retry())
        for position, row in enumerate(chosen)
    ]
