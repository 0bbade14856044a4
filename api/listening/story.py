"""Reads what is known of a call's course, for its time line."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.listening.schemas import Timeline
from api.listening.timeline import CallFacts, PauseFacts, events_of, mark_of, sound_of
from dialer.store.tables import attempts, pause_intervals

_FACTS = tuple(CallFacts.__dataclass_fields__)


async def timeline(connection: AsyncConnection, call_id: str, duration_s: float | None) -> Timeline:
    """The call's happenings on the seconds of its audio of `duration_s`; None = it has none."""
    columns = [attempts.c[name] for name in _FACTS]
    row = (await connection.execute(select(*columns).where(attempts.c.id == call_id))).first()
    call = CallFacts(**row._mapping) if row is not None else None
    sound = sound_of(call, duration_s) if call else None
    pauses = await _pauses(connection, call_id)
    return Timeline(
        id=call_id,
        begins_at=sound.begins_at if sound else None,
        duration_s=duration_s,
        missing_s=sound.missing_s if sound else 0.0,
        marks=[mark_of(event, sound) for event in events_of(call, pauses)] if call else [],
    )


async def _pauses(connection: AsyncConnection, call_id: str) -> list[PauseFacts]:
    columns = [pause_intervals.c[name] for name in PauseFacts._fields]
    rows = await connection.execute(select(*columns).where(pause_intervals.c.call_id == call_id))
    return [PauseFacts(*row) for row in rows]
