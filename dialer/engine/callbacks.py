"""Callbacks by the clock: agents are reminded of their own, and what an absent agent promised goes to the team."""

import asyncio
from dataclasses import dataclass

import structlog

from dialer.core.errors import StoreAway
from dialer.engine.engine import Engine

ROUND_S = 2.0
log = structlog.get_logger()


@dataclass
class Callbacks:
    """Every dialer does it; twice changes nothing."""

    engine: Engine

    async def run(self) -> None:
        """Reminds and hands over, for ever."""
        while True:
            try:
                await self.round()
            except StoreAway as away:
                self.engine.store_why = str(away)
            await asyncio.sleep(ROUND_S)

    async def round(self) -> None:
        """One look at what is due. Raises StoreAway."""
        limits = self.engine.limits
        handed_over = await self.engine.store.tend_callbacks(limits.callback_remind_s, limits.callback_away_s)
        if handed_over:
            log.info("callbacks go to the team", action="callbacks_handed_over", count=handed_over)
