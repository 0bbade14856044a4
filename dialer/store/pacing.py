"""What pacing asks of the past, and what it tells of each moment."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from dialer.core.attempt import Mode
from dialer.core.ids import CampaignId
from dialer.ports import Counted, PacingMoment
from dialer.store.base import Base
from dialer.store.migrate import lowest_id
from dialer.store.tables import attempts, pacing_moments, pacing_now

SLACK = timedelta(hours=1)  # clocks of several makers of ids
KEPT = timedelta(days=35)


class PacingLog(Base):
    """See ports.PacingLog."""

    async def counted(self, since: Mapping[CampaignId, datetime]) -> dict[CampaignId, Counted]:
        """See ports.PacingLog."""
        if not since:
            return {}
        calls = attempts.c
        wanted = [and_(calls.campaign_id == each, calls.opened_at >= at) for each, at in since.items()]
        known = or_(calls.connected_at.is_not(None), calls.ended_at.is_not(None))
        query = (
            select(calls.campaign_id, func.count().label("answered"))
            .add_columns(func.count().filter(calls.abandoned).label("abandoned"))
            .where(calls.id >= lowest_id(min(since.values()) - SLACK), or_(*wanted))
            .where(calls.answered_at.is_not(None), known, calls.mode != Mode.MANUAL.value)
            .group_by(calls.campaign_id)
        )
        async with self._begin() as connection:
            rows = (await connection.execute(query)).all()
        return {CampaignId(row.campaign_id): Counted(row.answered, row.abandoned) for row in rows}

    async def note_pacing(self, node: str, now: Sequence[PacingMoment], kept: Sequence[PacingMoment]) -> None:
        """See ports.PacingLog. What is older than KEPT goes."""
        newest = insert(pacing_now)
        standing = newest.on_conflict_do_update(
            index_elements=[pacing_now.c.campaign_id, pacing_now.c.node],
            set_={"at": newest.excluded.at, "body": newest.excluded.body},
        )
        async with self._begin() as connection:
            if now:
                await connection.execute(standing, [_row(node, each) for each in now])
            if kept:
                await connection.execute(
                    insert(pacing_moments).on_conflict_do_nothing(), [_row(node, each) for each in kept]
                )
                old = pacing_moments.c.at < kept[0].at - KEPT
                mine = pacing_moments.c.campaign_id.in_([each.campaign_id for each in kept])
                await connection.execute(delete(pacing_moments).where(mine, old))


def _row(node: str, moment: PacingMoment) -> dict[str, Any]:
    return {"campaign_id": moment.campaign_id, "node": node, "at": moment.at, "body": moment.body}
