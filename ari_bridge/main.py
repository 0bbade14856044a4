"""The dialer process: wiring only.

SIGTERM leaves live calls to the next dialer. SIGINT winds them down first, a second SIGINT does so without waiting.
SIGURG lets nothing new be dialed, for a stop that comes in stages; one that comes too early does nothing.
"""

import asyncio
import os
import signal
import socket
from datetime import UTC, datetime

import psutil
import structlog
from uuid_utils.compat import uuid7

from ari_bridge.practice import Customers
from ari_bridge.telephony import AsteriskTelephony, Node
from dialer import logs
from dialer.engine.engine import Engine, Limits
from dialer.engine.journal import Journal
from dialer.engine.optouts import OptOuts
from dialer.engine.run import Stop, run
from dialer.engine.watch import Watch
from dialer.machine import Paths, Ports, Secrets, load_ports, load_secrets
from dialer.ports import Telephony
from dialer.settings import Settings, settings
from dialer.store.database import database_url, make_engine
from dialer.store.postgres import PostgresStore


def holder() -> str:
    """This process by host, number and start: nobody else has had this name."""
    started = psutil.Process().create_time()
    return f"{socket.gethostname()}:{os.getpid()}:{started}"


def is_dead(name: str) -> bool:
    """Whether that holder was a process of this host and is no more; a paused one is alive."""
    host, number, started = [*name.split(":"), "", ""][:3]
    if host != socket.gethostname() or not number.isdigit():
        return False
    try:
        return str(psutil.Process(int(number)).create_time()) != started
    except psutil.NoSuchProcess:
        return True


def make_telephony(config: Settings, paths: Paths, ports: Ports, secrets: Secrets) -> AsteriskTelephony:
    """The bridge to this node's Asterisk."""
    node = Node(
        ari_port=ports.ari,
        ari_secret=secrets.ari,
        ami_port=ports.ami,
        ami_secret=secrets.ami_eyes,
        ami_pause=secrets.ami_pause,
        spool=paths.spool,
        cdr_file=paths.cdr("main"),
        beep=paths.prompts / "beep",
        trunks=tuple(config.trunks.split()),
    )
    return AsteriskTelephony(node, Customers(ports.carrier_ari, secrets.carrier_ari))


def make_limits(config: Settings) -> Limits:
    """The centre's limits from the settings."""
    return Limits(
        window_s=config.answer_window_s,
        trunk_cps=config.trunk_cps,
        trunk_channels=config.trunk_channels,
        reserve_mb=config.disk_reserve_mb,
        **vars(config.caps()),
        drain_s=config.drain_s,
        self_test_every_s=config.self_test_every_s,
        callback_remind_s=config.callback_remind_s,
        callback_away_s=config.callback_away_s,
    )


async def serve(config: Settings, telephony: Telephony) -> None:
    """Runs one dialer until a signal, or until it may run no longer."""
    store = PostgresStore(make_engine(database_url(config)))
    outbox = Paths(config.root).outbox
    engine = Engine(
        telephony=telephony,
        store=store,
        journal=Journal(store, outbox / "journal.jsonl"),
        optouts=OptOuts(store, outbox / "optout.jsonl"),
        limits=make_limits(config),
        now=lambda: datetime.now(UTC),
        new_id=lambda: str(uuid7()),
    )
    stop = Stop()
    orders = {signal.SIGTERM: stop.leave_calls, signal.SIGINT: stop.end_calls, signal.SIGURG: stop.dial_no_more}
    for number, order in orders.items():
        asyncio.get_running_loop().add_signal_handler(number, order)
    try:
        await run(engine, Watch(engine, config.node, config.lease_s), holder(), is_dead, stop)
    finally:
        await store.close()


def main() -> None:
    """`python -m ari_bridge.main`."""
    logs.configure("dialer")
    config = settings()
    paths = Paths(config.root)
    telephony = make_telephony(config, paths, load_ports(paths), load_secrets(paths))
    try:
        asyncio.run(serve(config, telephony))
    except* Exception as faults:
        structlog.get_logger().error("the dialer ends", action="dialer_failed", why=repr(faults.exceptions))
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
