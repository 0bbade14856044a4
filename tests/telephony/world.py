"""What a test puts into the database, asks of the engine, and reads back."""

import asyncio
import csv
import itertools
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from sqlalchemy import Row, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine
from uuid_utils.compat import uuid7

from dialer.store.gate_tables import dnc
from dialer.store.tables import (
    agent_sessions,
    attempts,
    campaigns,
    commands,
    emergency_stops,
    leads,
    nodes,
    phones,
    recording_facts,
)
from recordings.envelope import decrypt
from recordings.keys import Wrapped, keyring_of
from recordings.sealed import with_key
from recordings.tables import recordings
from tests.telephony.stack import NODE, Stack, eventually

RATE = 8000
_serial = itertools.count(100_001)  # no number twice in a run: a stack serves many tests
END_STATES = ("done", "refused", "failed")


@dataclass
class World:
    """One test's campaign and agents on a running stack. Numbers are 139BBxxxxxx: BB is what the customer does."""

    stack: Stack
    engine: AsyncEngine
    campaign_id: str = ""  # the last one made
    campaign_ids: list[str] = field(default_factory=list)
    agents: dict[str, str] = field(default_factory=dict)  # agent id -> extension

    # -- the setting ----------------------------------------------------------------------------------------------

    async def make_campaign(self, mode: str = "progressive", **values: Any) -> str:
        self.campaign_id = str(uuid7())
        self.campaign_ids.append(self.campaign_id)
        row = {
            "id": self.campaign_id,
            "name": self.campaign_id,
            "product": "彩号",
            "region": "北京",
            "mode": mode,
            "state": "running",
            "caller_id": "10010",
            "opens_at": time(0),
            "closes_at": time(23, 59, 59, 999999),
            "closing_margin_s": 0,
            "preset": "practice",
        }
        async with self.engine.begin() as connection:
            await connection.execute(insert(campaigns).values(**row | values))
            for extension, secret in self.stack.secrets.phones.items():
                known = select(phones.c.extension).where(phones.c.extension == extension)
                if (await connection.execute(known)).first() is None:
                    await connection.execute(insert(phones).values(extension=extension, secret=secret))
            await connection.execute(text("notify tianzhou_campaigns"))
        return self.campaign_id

    async def fill(self, numbers: Sequence[str]) -> None:
        """A list of these numbers, with consent on file."""
        told = {"consent_source": "test", "consent_basis": "test", "consent_proof": "test"}
        rows = [{"id": str(uuid7()), "campaign_id": self.campaign_id, "number": each, **told} for each in numbers]
        async with self.engine.begin() as connection:
            for first in range(0, len(rows), 2000):
                await connection.execute(insert(leads), rows[first : first + 2000])

    async def add_lead(self, behaviour: str, consent: str | None = "test", campaign_id: str = "") -> str:
        """A lead of the campaign, or of the one named, whose customer does `behaviour`; its number without +86."""
        number = f"139{behaviour}{next(_serial):06d}"
        row = {
            "id": str(uuid7()),
            "campaign_id": campaign_id or self.campaign_id,
            "number": f"+86{number}",
            "consent_source": "test",
            "consent_basis": consent,
            "consent_proof": "test",
        }
        async with self.engine.begin() as connection:
            await connection.execute(insert(leads).values(**row))
        return number

    async def add_agent(self, ready: bool = True, campaign_ids: Sequence[str] = ()) -> str:
        agent_id, extension = str(uuid7()), str(1001 + len(self.agents))
        start = {"agent_id": agent_id, "extension": extension, "campaign_ids": campaign_ids or [self.campaign_id]}
        status, result = await self.wish("session.start", start)
        assert status == "done", result
        self.agents[agent_id] = extension
        await self.phones_up(len(self.agents))
        if ready:
            assert (await self.wish("session.state", {"agent_id": agent_id, "state": "ready"}))[0] == "done"
        return agent_id

    async def phones_up(self, count: int) -> None:
        since = (await self._rows(select(func.now())))[0][0]

        async def look() -> bool:
            beat = select(nodes.c.health).where(nodes.c.name == NODE, nodes.c.heartbeat_at > since)
            rows = await self._rows(beat)
            return bool(rows) and rows[0].health["phones_up"] >= count

        await eventually(look, f"{count} phones in their bridges", 30)

    async def wish(self, kind: str, payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """A command row as the api writes it, and the engine's answer."""
        command_id = str(uuid7())
        async with self.engine.begin() as connection:
            row = {"id": command_id, "node": NODE, "kind": kind, "payload": payload}
            await connection.execute(insert(commands).values(**row))
            await connection.execute(text("notify tianzhou_commands"))

        async def look() -> Row[Any] | None:
            query = select(commands.c.status, commands.c.result).where(commands.c.id == command_id)
            found = (await self._rows(query))[0]
            return found if found.status in END_STATES else None

        answer = await eventually(look, f"an answer to {kind}", 30)
        return answer.status, answer.result

    async def dispose(self, agent_id: str, call_id: str, word: str = "other") -> None:
        async def look() -> bool:
            payload = {"agent_id": agent_id, "call_id": call_id, "disposition": word}
            return (await self.wish("call.disposition", payload))[0] == "done"

        await eventually(look, "the wrap-up")

    async def work(self, agent_id: str) -> None:
        """The agent disposes of every call at once, until cancelled."""
        while True:
            query = select(agent_sessions.c.attempt_id).where(
                agent_sessions.c.agent_id == agent_id, agent_sessions.c.state == "wrap_up"
            )
            for row in await self._rows(query):
                if row.attempt_id is not None:
                    payload = {"agent_id": agent_id, "call_id": row.attempt_id, "disposition": "other"}
                    await self.wish("call.disposition", payload)
            await asyncio.sleep(0.1)

    async def stop_campaign(self, state: str = "stopped") -> None:
        """Every campaign of this test, as the api does it: `draining` or `stopped`."""
        async with self.engine.begin() as connection:
            mine = campaigns.c.id.in_(self.campaign_ids)
            await connection.execute(update(campaigns).where(mine).values(state=state))
            await connection.execute(text("notify tianzhou_campaigns"))

    async def campaign_is(self, state: str, timeout_s: float = 20) -> None:
        async def look() -> bool:
            query = select(campaigns.c.state).where(campaigns.c.id == self.campaign_id)
            return bool((await self._rows(query))[0].state == state)

        await eventually(look, f"the campaign {state}", timeout_s)

    async def stop_everything(self, how: str) -> None:
        """The emergency stop, as the api orders it; NOTIFY is lost on purpose."""
        row = {"id": str(uuid7()), "how": how, "reason": "test", "stopped_by": str(uuid7())}
        async with self.engine.begin() as connection:
            await connection.execute(insert(emergency_stops).values(**row))

    async def lift(self) -> None:
        """The emergency stop is over, if there was one."""
        async with self.engine.begin() as connection:
            await connection.execute(update(emergency_stops).values(lifted_at=func.now()))
            await connection.execute(text("notify tianzhou_campaigns"))

    async def talk(self, call_id: str, seconds: float = 2.0) -> None:
        """Waits until that much is on disk; Asterisk writes in blocks of two seconds."""
        leg = self.stack.paths.spool / f"{call_id}-customer.wav"

        async def look() -> bool:
            return leg.exists() and leg.stat().st_size > seconds * RATE * 2

        await eventually(look, f"{seconds} s of {call_id}")

    async def end_if_connected(self, call_id: str) -> None:
        """Waits until the call is connected or over; the agent ends a connected one."""

        async def look() -> Row[Any] | None:
            row = (await self._rows(select(attempts).where(attempts.c.id == call_id)))[0]
            return row if row.connected_at is not None or row.ended_at is not None else None

        row = await eventually(look, "the call connected or over", 60)
        if row.ended_at is None:
            await self.wish("call.hangup", {"agent_id": row.agent_id, "call_id": call_id})

    async def leave(self) -> None:
        """Every agent ends the shift, a call in hand first."""
        for agent_id in list(self.agents):
            await self._leave(agent_id)
            del self.agents[agent_id]

    async def _leave(self, agent_id: str) -> None:
        async def look() -> bool:
            query = select(agent_sessions.c.attempt_id).where(
                agent_sessions.c.agent_id == agent_id, agent_sessions.c.ended_at.is_(None)
            )
            for row in await self._rows(query):
                if row.attempt_id is not None:
                    await self.wish("call.hangup", {"agent_id": agent_id, "call_id": row.attempt_id})
            status, result = await self.wish("session.end", {"agent_id": agent_id})
            return status == "done" or result.get("reason") == "no_session"

        await eventually(look, "the end of the shift")

    # -- what came of it ------------------------------------------------------------------------------------------

    async def attempts_on(self, number: str) -> list[Row[Any]]:
        return await self._rows(select(attempts).where(attempts.c.number == f"+86{number}").order_by(attempts.c.id))

    async def attempt(self, number: str, until: str, timeout_s: float = 25) -> Row[Any]:
        """The number's one attempt, once its column `until` (answered_at, connected_at, ended_at...) is set."""

        async def look() -> Row[Any] | None:
            rows = await self.attempts_on(number)
            return rows[0] if rows and getattr(rows[0], until) is not None else None

        found: Row[Any] = await eventually(look, f"{until} of {number}", timeout_s)
        return found

    async def next_attempt(self, number: str, until: str, timeout_s: float = 25) -> Row[Any]:
        """The number's second attempt, once its column `until` is set."""

        async def look() -> Row[Any] | None:
            rows = await self.attempts_on(number)
            return rows[1] if len(rows) > 1 and getattr(rows[1], until) is not None else None

        found: Row[Any] = await eventually(look, f"{until} of {number} called again", timeout_s)
        return found

    async def is_on_dnc(self, number: str) -> bool:
        return bool(await self._rows(select(dnc).where(dnc.c.number == f"+86{number}")))

    async def recording(self, attempt_id: str, timeout_s: float = 30) -> Row[Any]:
        async def look() -> Row[Any] | None:
            rows = await self._rows(with_key(select(recordings)).where(recordings.c.attempt_id == attempt_id))
            return rows[0] if rows else None

        found: Row[Any] = await eventually(look, f"the recording of {attempt_id}", timeout_s)
        return found

    async def line_of(self, attempt_id: str) -> int:
        """How many RTP packets came from the customer while he was recorded."""

        async def look() -> Row[Any] | None:
            rows = await self._rows(select(recording_facts).where(recording_facts.c.attempt_id == attempt_id))
            return rows[0] if rows else None

        return int((await eventually(look, "what the line carried")).rx_packets)

    async def all_closed(self, timeout_s: float = 60) -> None:
        async def look() -> bool:
            query = select(func.count()).select_from(attempts).where(attempts.c.ended_at.is_(None))
            return bool((await self._rows(query))[0][0] == 0)

        await eventually(look, "every attempt closed", timeout_s)

    async def health(self) -> dict[str, Any]:
        rows = await self._rows(select(nodes.c.health).where(nodes.c.name == NODE))
        return dict(rows[0].health) if rows else {}

    async def until_health(self, what: str, timeout_s: float = 20, **values: Any) -> dict[str, Any]:
        async def look() -> dict[str, Any] | None:
            health = await self.health()
            return health if all(health.get(key) == value for key, value in values.items()) else None

        found: dict[str, Any] = await eventually(look, what, timeout_s)
        return found

    def sound(self, recording: Row[Any]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """The FLAC's two channels, left (agent) and right (customer); `recording` as our `recording` gives it."""
        key = keyring_of(self.stack.paths).unwrap(Wrapped(recording.key_id, recording.wrapped))
        stored = self.stack.paths.recordings / recording.storage_key
        with tempfile.NamedTemporaryFile(suffix=".flac") as flac:
            decrypt(stored, key, recording.attempt_id, Path(flac.name))
            data, rate = soundfile.read(flac.name, always_2d=True)
        assert rate == RATE
        return data[:, 0], data[:, 1]

    def carrier_calls(self, number: str) -> list[list[str]]:
        """The carrier's own records of calls to the number: the independent witness."""
        file = self.stack.paths.cdr("carrier")
        if not file.exists():
            return []
        return [row for row in csv.reader(file.read_text().splitlines()) if len(row) > 14 and row[2] == number]

    async def _rows(self, query: Any) -> list[Row[Any]]:
        async with self.engine.connect() as connection:
            return list((await connection.execute(query)).all())


def strength(sound: np.ndarray[Any, Any], hertz: int) -> float:
    """How much of the sound's energy lies at one frequency (0 to 1), +-4 Hz."""
    window = sound * np.hanning(len(sound))
    spectrum = np.abs(np.fft.rfft(window)) ** 2
    step = RATE / len(sound)
    low, high = int((hertz - 4) / step), int((hertz + 4) / step) + 1
    total = float(spectrum.sum())
    return float(spectrum[low:high].sum()) / total if total else 0.0


def holds_pair(sound: np.ndarray[Any, Any], pair: tuple[int, int]) -> bool:
    """Whether the sound is that pair of tones and hardly anything else."""
    parts = [strength(sound, hertz) for hertz in pair]
    return min(parts) > 0.2 and sum(parts) > 0.9
