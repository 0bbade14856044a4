"""Leases with fencing tokens, and heartbeats."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Interval, cast, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.core.errors import LeaseLost
from dialer.ports import Lease
from dialer.store import statements
from dialer.store.base import Base
from dialer.store.tables import leases, nodes


class Leases(Base):
    """Who runs a node. The database's clock decides, not ours."""

    async def acquire(self, name: str, holder: str, ttl_s: float, is_dead: Callable[[str], bool]) -> Lease | None:
        """The lease when it is free, expired, or its holder is known dead; else None."""
        async with self._begin() as connection:
            await connection.execute(
                insert(leases)
                .values(name=name, holder="", token=0, expires_at=func.now())
                .on_conflict_do_nothing(index_elements=["name"])
            )
            row = (
                await connection.execute(
                    select(leases, (leases.c.expires_at > func.clock_timestamp()).label("alive"))
                    .where(leases.c.name == name)
                    .with_for_update()
                )
            ).one()
            if row.alive and row.holder != holder and not is_dead(row.holder):
                return None
            token = row.token + 1
            await connection.execute(
                update(leases)
                .where(leases.c.name == name)
                .values(holder=holder, token=token, expires_at=func.clock_timestamp() + _seconds(ttl_s))
            )
            return Lease(name, holder, token)

    async def renew(self, lease: Lease, ttl_s: float) -> bool:
        """False when another token has taken over."""
        async with self._begin() as connection:
            done = await connection.execute(
                update(leases)
                .where(leases.c.name == lease.name, leases.c.token == lease.token)
                .values(expires_at=func.clock_timestamp() + _seconds(ttl_s))
            )
            return done.rowcount == 1

    async def beat(self, name: str, health: dict[str, Any]) -> None:
        """Writes the heartbeat row."""
        values = {"heartbeat_at": func.now(), "health": health}
        async with self._begin() as connection:
            await connection.execute(
                insert(nodes).values(name=name, **values).on_conflict_do_update(index_elements=["name"], set_=values)
            )

    async def silent_s(self, name: str) -> float | None:
        """Seconds since that heartbeat row was written, by the database's clock; None = never."""
        async with self._begin() as connection:
            found = (await connection.execute(statements.SILENT_S, {"p_name": name})).scalar_one_or_none()
            return None if found is None else float(found)


async def hold(connection: AsyncConnection, lease: Lease) -> None:
    """Inside the caller's transaction, keeps the lease from changing hands; raises LeaseLost when it has."""
    found = await connection.execute(statements.HOLD, {"p_name": lease.name})
    check(lease, found.scalar_one_or_none())


def check(lease: Lease, token: int | None) -> None:
    """Raises LeaseLost when the lease has another token now, or none."""
    if token != lease.token:
        raise LeaseLost(f"another dialer runs {lease.name}")


def _seconds(span: float) -> Any:
    return cast(literal(timedelta(seconds=span)), Interval)
