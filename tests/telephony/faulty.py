"""A dialer that dies at a named point, or that reaches Asterisk through other ports.

Built by the same wiring as the real one; only the seam `Telephony` is wrapped.
"""

import argparse
import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from ari_bridge.main import make_telephony, serve
from ari_bridge.telephony import AsteriskTelephony
from dialer import logs
from dialer.core import events as ev
from dialer.core.attempt import Attempt
from dialer.core.events import Event
from dialer.machine import Paths, load_ports, load_secrets
from dialer.ports import LinkLost, Resync
from dialer.settings import settings

POINTS = ("after_commit", "post_unanswered", "ringing", "answered", "none")


def die() -> None:
    """kill -9 by our own hand: nothing is flushed, nothing is told."""
    os.kill(os.getpid(), signal.SIGKILL)


class FaultyTelephony(AsteriskTelephony):
    """Dies at its point."""

    point = "none"

    async def originate(self, attempt: Attempt) -> None:
        if self.point == "after_commit":
            die()
        await super().originate(attempt)

    async def _place(self, query: dict[str, Any]) -> None:
        if self.point == "post_unanswered" and query.get("context") == "tianzhou-auto":
            task = asyncio.create_task(super()._place(query))
            await asyncio.sleep(0)  # the request is on its way, its answer is not here yet
            del task
            die()
        await super()._place(query)

    async def events(self) -> AsyncIterator[Event | Resync | LinkLost]:
        async for item in super().events():
            if self.point == "ringing" and isinstance(item, ev.Rang):
                die()
            if self.point == "answered" and isinstance(item, ev.Answered):
                die()
            yield item


def main() -> None:
    """Reads the point and the ports."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--point", choices=POINTS, default="none")
    parser.add_argument("--ari", type=int, default=0)
    parser.add_argument("--ami", type=int, default=0)
    asked = parser.parse_args()
    logs.configure("dialer")
    config = settings()
    paths = Paths(config.root)
    real = make_telephony(config, paths, load_ports(paths), load_secrets(paths))
    node = replace(real.node, ari_port=asked.ari or real.node.ari_port, ami_port=asked.ami or real.node.ami_port)
    telephony = FaultyTelephony(node, real.customers)
    telephony.point = asked.point
    asyncio.run(serve(config, telephony))


if __name__ == "__main__":
    main()
