"""Answer to agent-in-bridge by Asterisk's own clock, and the bare addChannel of the same Asterisk at the same time.

An ARI application of our own sees every channel. It costs Asterisk, so it is away while CPU is measured.
"""

import asyncio
import base64
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from websockets.asyncio.client import connect

from ari_bridge.ari import Ari
from dialer.core.ids import is_attempt_id
from tests.telephony.stack import Stack

APP, PROBE = "bench", "bench-probe"
PROBE_EVERY_S = 0.2
NUMBER = "13926000000"  # a scripted customer: answers at once and stays


@dataclass
class Seen:
    """Seconds, of each call and of each bare request."""

    to_bridge: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    _up: dict[str, datetime] = field(default_factory=dict)

    def note(self, event: dict[str, Any]) -> None:
        """One event of Asterisk's."""
        call, at = str(event.get("channel", {}).get("id", "")), event.get("timestamp")
        if not is_attempt_id(call) or at is None:
            return
        moment = datetime.fromisoformat(at)
        if event["type"] == "ChannelStateChange" and event["channel"]["state"] == "Up":
            self._up[call] = moment
        elif event["type"] == "ChannelEnteredBridge" and call in self._up:
            self.to_bridge.append((moment - self._up.pop(call)).total_seconds())


@asynccontextmanager
async def watching(stack: Stack) -> AsyncIterator[Seen]:
    """Watches and probes while the block runs. Raises, in a group, what went wrong beside it."""
    seen, probed = Seen(), asyncio.Event()
    ari = await _open(stack)
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(_read(ari, seen, probed))
        probing = group.create_task(_probe(ari, seen, probed))
        try:
            yield seen
        finally:
            probing.cancel()
            await asyncio.wait([probing])  # it hangs up, and hears of it by the other
            reading.cancel()
    await ari.close()


async def _open(stack: Stack) -> Ari:
    token = base64.b64encode(f"tianzhou:{stack.secrets.ari}".encode()).decode()
    url = f"ws://127.0.0.1:{stack.ports.ari}/ari/events?app={APP}&subscribeAll=true"
    return Ari(await connect(url, additional_headers={"Authorization": f"Basic {token}"}, proxy=None))


async def _read(ari: Ari, seen: Seen, probed: asyncio.Event) -> None:
    async for event in ari.events():
        seen.note(event)
        if event["type"] == "StasisStart" and event["channel"]["id"] == PROBE:
            probed.set()


async def _probe(ari: Ari, seen: Seen, probed: asyncio.Event) -> None:
    """One call of our own, put into a bridge of our own again and again; gone at the end."""
    query = {"endpoint": f"PJSIP/{NUMBER}@practice", "app": APP, "channelId": PROBE}
    try:
        await ari.request("POST", "channels", query)
        await ari.request("POST", "bridges", {"type": "mixing", "bridgeId": PROBE})
        async with asyncio.timeout(10):
            await probed.wait()
        while True:
            await asyncio.sleep(PROBE_EVERY_S)
            began = time.perf_counter()
            await ari.request("POST", f"bridges/{PROBE}/addChannel", {"channel": PROBE})
            seen.bare.append(time.perf_counter() - began)
            await ari.request("POST", f"bridges/{PROBE}/removeChannel", {"channel": PROBE})
    finally:
        await ari.request("DELETE", f"channels/{PROBE}")
        await ari.request("DELETE", f"bridges/{PROBE}")
