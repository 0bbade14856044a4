"""Runs migrations over the async engine; the URL comes from the caller (`-x url=...`)."""

import asyncio
import re

from sqlalchemy import Connection

from alembic import context
from api.auth import tables as _auth  # noqa: F401 - registers its tables
from api.dnc import tables as _dnc  # noqa: F401 - registers its tables
from api.listening import tables as _listening  # noqa: F401 - registers its tables
from api.numbers import tables as _numbers  # noqa: F401 - registers its tables
from api.practice import tables as _practice  # noqa: F401 - registers its tables
from api.teams import tables as _teams  # noqa: F401 - registers its tables
from dialer.store import gate_tables as _gates  # noqa: F401 - registers its tables
from dialer.store import number_tables as _moves  # noqa: F401 - registers its tables
from dialer.store import selection_tables as _selection  # noqa: F401 - registers its tables
from dialer.store.database import make_engine
from dialer.store.metadata import metadata
from recordings import retention_tables as _retention  # noqa: F401 - registers its tables
from recordings import tables as _recordings  # noqa: F401 - registers its tables

MONTH = re.compile(r"_\d{6}$")


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Month partitions are made by `after_migration`, not by a migration."""
    return kind != "table" or MONTH.search(name or "") is None


def run(connection: Connection) -> None:
    """Migrates on an open connection, one transaction for all of it."""
    context.configure(connection=connection, target_metadata=metadata, compare_type=True, include_name=is_ours)
    with context.begin_transaction():
        context.run_migrations()


async def main(url: str) -> None:
    """Connects, migrates, disposes."""
    engine = make_engine(url)
    async with engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()
    await engine.dispose()


asyncio.run(main(context.get_x_argument(as_dictionary=True)["url"]))
