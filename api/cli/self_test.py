"""`tianzhou self-test`: a test call goes through the recorder now, and what came of it."""

import asyncio
import json

from sqlalchemy.exc import SQLAlchemyError

from api.cli.errors import CliError
from api.cli.probes import application_url
from api.commands import CommandDesk, CommandKind, ask_engine
from api.errors import EngineUnavailable, Refused
from api.recorder.service import TIMEOUT_S
from dialer.settings import Settings
from dialer.store.database import make_engine


def run(settings: Settings, as_json: bool) -> int:
    """Exit code 0 = it came through, 1 = it did not. Raises CliError when nobody could make it."""
    try:
        result = asyncio.run(_ask(settings))
    except (EngineUnavailable, Refused) as error:
        raise CliError(f"No test was made: {error}") from error
    except (SQLAlchemyError, OSError) as error:
        raise CliError("The database does not answer: is Tianzhou running? (make run)") from error
    told = (
        "The recorder works." if result["ok"] else f"The recorder's test call did not come through: {result['why']}."
    )
    print(json.dumps(result) if as_json else told)
    return int(not result["ok"])


async def _ask(settings: Settings) -> dict[str, object]:
    engine = make_engine(application_url(settings), pool_size=1)
    try:
        desk = CommandDesk(engine, TIMEOUT_S)
        return await ask_engine(desk, settings.node, CommandKind.RECORDER_SELF_TEST, {}, None)
    finally:
        await engine.dispose()
