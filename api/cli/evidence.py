"""`tianzhou evidence export`: the evidence of one call into a file."""

import asyncio
import getpass
import shutil
import sys
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from api.cli.errors import CliError
from api.evidence.service import about_call
from dialer.core.ids import is_attempt_id
from dialer.machine import Paths
from dialer.settings import Settings
from dialer.store.database import database_url, make_engine
from recordings.errors import RecordingError
from recordings.evidence.bundle import About
from recordings.evidence.case import is_known
from recordings.evidence.export import Asked, Exporter
from recordings.vault import open_vault

EVERYDAY = "asked for on the command line"


def run(settings: Settings, call: str, target: Path, why: str) -> None:
    """Writes the zip; the ledger then knows who took it. Raises CliError."""
    if not is_attempt_id(call):
        raise CliError(f"{call} is not the id of a call.")
    if target.exists():
        raise CliError(f"{target} is there already: name another file.")
    asked = Asked(call, f"operator:{getpass.getuser()}", None, None, why or EVERYDAY)
    try:
        asyncio.run(_export(settings, asked, target))
    except (OSError, SQLAlchemyError, TimeoutError) as error:
        raise CliError(f"No evidence: {_first_line(error)} Is Tianzhou running? (make run)") from error
    except RecordingError as error:
        raise CliError(f"No evidence: {error}.") from error
    sys.stdout.write(f"{target}\nUnpack it anywhere and run: python3 verify.py\n")


async def _export(settings: Settings, asked: Asked, target: Path) -> None:
    engine = make_engine(database_url(settings), pool_size=2)
    try:
        about = await _about(engine, asked.call)
        exporter = Exporter(engine, open_vault(settings), Paths(settings.root))
        async with exporter.export(asked, about) as made:
            await asyncio.to_thread(shutil.copyfile, made, target)
    finally:
        await engine.dispose()


async def _about(engine: AsyncEngine, call: str) -> About:
    async with engine.connect() as connection:
        if not await is_known(connection, call):
            raise CliError("There is no call with this id.")
        return await about_call(connection, call)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
