"""Logs of every process: one JSON object a line, with an `action`, the call's id where there is one, no person.

What libraries log goes the same way, under the action `library`. Of an exception only its type and its place are
kept: its words may hold a number or a name.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog

FRAMES = 8
log = structlog.get_logger()


class Library(logging.Handler):
    """Passes on what libraries log: the first line of it, for asyncio writes whole objects below."""

    def emit(self, record: logging.LogRecord) -> None:
        """One record; errors in it are the logging module's to report."""
        text = record.getMessage().partition("\n")[0]
        say = log.error if record.levelno >= logging.ERROR else log.warning
        say(text, action="library", library=record.name, exc_info=record.exc_info)


def configure(process: str) -> None:
    """Sets up structlog for this process; standard output is what the process manager keeps."""
    logging.basicConfig(handlers=[Library()], level=logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            place_of_fault,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    structlog.contextvars.bind_contextvars(process=process)


def place_of_fault(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Turns `exc_info` into the fault's type, what it came from, and the last places of its way."""
    given = event.pop("exc_info", None)
    fault = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(fault, BaseException):
        frames = traceback.StackSummary.extract(traceback.walk_tb(fault.__traceback__), lookup_lines=False)
        event["error"] = type(fault).__name__
        event["cause"] = type(fault.__cause__).__name__ if fault.__cause__ else None
        event["where"] = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames[-FRAMES:]]
    return event
