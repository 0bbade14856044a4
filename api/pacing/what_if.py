"""What another limit would bring: the campaign's own recent hours, simulated by the core that paces it."""

import asyncio
import json
import sys
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Float, Row, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.errors import Busy, Conflict
from api.pacing.schemas import Tried, WhatIf, WhatIfAnswer
from dialer.store.tables import attempts, pacing_moments
from recordings.records import lowest_id

RECENT = timedelta(hours=24)
WITHIN_S = 100.0
LEAST_TALKS = 10


@dataclass(frozen=True)
class Measured:
    """A campaign's recent hours."""

    agents: int
    answer_rate: float
    talk_s: float
    wrap_s: float

    def scenario(self, limit: float, hours: float, ring_s: float) -> dict[str, float | bool]:
        """The same floor, without breaks and changes, under this limit: fields of a `Scenario`."""
        return {
            "agents": self.agents,
            "answer": self.answer_rate,
            "hours": hours,
            "drifts": False,
            "breaks": False,
            "talk_s": self.talk_s,
            "wrap_s": self.wrap_s,
            "ring_timeout_s": ring_s,
            "limit": limit,
        }


async def measured(connection: AsyncConnection, campaign_id: str) -> Measured:
    """What the last 24 hours were like. Raises Conflict when there were too few calls to say."""
    calls = attempts.c
    since = func.now() - RECENT
    talk = func.avg(func.extract("epoch", calls.ended_at - calls.connected_at)).filter(calls.ended_at.is_not(None))
    query = (
        select(func.count().label("dialed"), func.count(calls.answered_at).label("answered"))
        .add_columns(func.count(calls.connected_at).label("talks"), cast(talk, Float).label("talk_s"))
        .where(calls.campaign_id == campaign_id, calls.opened_at > since, calls.mode != "manual")
        .where(calls.id >= lowest_id((await connection.execute(select(since))).scalar_one()))
    )
    row = (await connection.execute(query)).one()
    if row.talks < LEAST_TALKS:
        raise Conflict("no_history", f"It has {row.talks} automatic talks in 24 hours; {LEAST_TALKS} are needed.")
    return _measured(row, (await connection.execute(_floor(campaign_id, since))).one())


def _floor(campaign_id: str, since: Any) -> Any:
    """Mean agents at work and in wrap-up, of the moments at which somebody talked."""
    body = pacing_moments.c.body
    talking, wrapping, idle = (cast(body[name].astext, Float) for name in ("talking", "wrapping", "idle"))
    return select(
        func.avg(talking + wrapping + idle).label("agents"),
        func.avg(talking).label("talking"),
        func.avg(wrapping).label("wrapping"),
    ).where(pacing_moments.c.campaign_id == campaign_id, pacing_moments.c.at > since, talking > 0)


def _measured(calls: Row[Any], floor: Row[Any]) -> Measured:
    """Wrap-ups by Little's law: as many agents in them as talks begin, times their length."""
    talk_s = max(1.0, calls.talk_s)
    wrap_s = talk_s * floor.wrapping / floor.talking if floor.talking else 20.0
    return Measured(
        max(1, round(floor.agents or 1)),
        min(0.95, max(0.01, calls.answered / calls.dialed)),
        talk_s,
        max(1.0, wrap_s),
    )


async def tried(room: asyncio.Semaphore, found: Measured, wanted: WhatIf, now: float, ring_s: float) -> WhatIfAnswer:
    """Simulates each limit and that of now, in a process of its own. Raises Busy: another one is being tried."""
    if room.locked():
        raise Busy("simulations_busy", "Another what-if is being simulated.")
    limits = list(dict.fromkeys([now, *wanted.abandon_limits]))
    scenarios = [found.scenario(limit, wanted.hours, ring_s) for limit in limits]
    async with room:
        figures = await _simulated({"scenarios": scenarios, "days": wanted.days})
    by_limit = dict(zip(limits, figures, strict=True))
    standing_s = by_limit[now]["idle_wait_s"]
    return WhatIfAnswer(
        **vars(found),
        tried=[
            Tried(
                abandon_limit=limit,
                idle_wait_more_s=round(by_limit[limit]["idle_wait_s"] - standing_s, 3),
                **by_limit[limit],
            )
            for limit in wanted.abandon_limits
        ],
    )


async def _simulated(asked: dict[str, Any]) -> list[dict[str, float]]:
    """The answer of `python -m dialer.simulation`. Raises Busy when it is not there in time."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "dialer.simulation", stdin=pipe, stdout=pipe)
    try:
        async with asyncio.timeout(WITHIN_S):
            told, _ = await process.communicate(json.dumps(asked).encode())
    except TimeoutError as late:
        raise Busy("simulations_busy", f"It was not done in {WITHIN_S:.0f} s: ask for fewer hours.") from late
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    found: list[dict[str, float]] = json.loads(told)
    return found
