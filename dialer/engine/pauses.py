"""Pauses recordings for the agents in their calls; records again when told, after the longest time, at the end."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import structlog

from dialer.core import pauses
from dialer.core.agent import Agent
from dialer.core.compliance import Refusal
from dialer.core.errors import StoreAway
from dialer.core.ids import AttemptId
from dialer.core.pauses import Pause
from dialer.core.records import PauseBegan, PauseEnded
from dialer.engine.engine import Engine
from dialer.ports import NotPlacedError, TelephonyAway

LOOK_S = 0.5
log = structlog.get_logger()


@dataclass
class Pauses:
    """The engine's `paused` are the recordings that are muted now; a restart reads them back."""

    engine: Engine
    node: str
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self) -> None:
        """Ends what nobody ended, for ever."""
        await self._remember()
        while True:
            for pause in list(self.engine.paused.values()):
                why = pauses.over(pause, pause.attempt_id in self.engine.floor.attempts, self.engine.now())
                if why is not None:
                    await self._end_quietly(pause, why)
            await asyncio.sleep(LOOK_S)

    async def pause(self, agent: Agent, call_id: AttemptId) -> Refusal | dict[str, Any]:
        """Mutes the recording of the agent's own call; again changes nothing. Raises TelephonyAway."""
        refusal = pauses.may_pause(self.engine.floor.attempts.get(call_id), agent)
        if refusal is not None:
            return refusal
        async with self._lock:
            if call_id not in self.engine.paused:
                pause = Pause(call_id, agent.agent_id, self.engine.now())
                self.engine.paused[call_id] = pause  # first: what is muted is never unknown
                self.engine.journal.put(PauseBegan(call_id, agent.agent_id, pause.began_at))
                await self._mute(pause)
        return {}

    async def resume(self, agent: Agent, call_id: AttemptId) -> Refusal | dict[str, Any]:
        """Records again; nothing changes where nothing was paused. Raises TelephonyAway."""
        refusal = pauses.may_pause(self.engine.floor.attempts.get(call_id), agent)
        if refusal is not None:
            return refusal
        pause = self.engine.paused.get(call_id)
        if pause is not None:
            await self._end(pause, "resumed")
        return {}

    async def _mute(self, pause: Pause) -> None:
        try:
            await self.engine.telephony.mute(pause.attempt_id, True)
        except (TelephonyAway, NotPlacedError):
            await self._end_quietly(pause, "failed")
            raise

    async def _end_quietly(self, pause: Pause, why: str) -> None:
        try:
            await self._end(pause, why)
        except (TelephonyAway, NotPlacedError) as away:
            log.error("a recording stays muted", action="resume_failed", call=pause.attempt_id, why=str(away))

    async def _end(self, pause: Pause, why: str) -> None:
        """It is over only when Asterisk said so, or the call is gone."""
        if pause.attempt_id in self.engine.floor.attempts:
            await self.engine.telephony.mute(pause.attempt_id, False)
        if self.engine.paused.pop(pause.attempt_id, None) is not None:
            self.engine.journal.put(PauseEnded(pause.attempt_id, pause.began_at, self.engine.now(), why))
            log.info("recorded again", action="recording_resumed", call=pause.attempt_id, why=why)

    async def _remember(self) -> None:
        try:
            found = await self.engine.store.open_pauses(self.node)
        except StoreAway as away:
            log.warning("pauses are not known", action="pauses_unknown", why=str(away))
            return
        self.engine.paused |= {pause.attempt_id: pause for pause in found}
