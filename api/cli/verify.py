"""`tianzhou verify`: runs the comparison of the recordings folder and shows its report."""

import asyncio
import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from api.cli.errors import CliError
from dialer.settings import Settings
from recordings import verify
from recordings.errors import StorageError
from recordings.report import ExitCode, Report

WORDS = {
    ExitCode.GOOD: "Everything agrees.",
    ExitCode.DIFFERENCES: "There are differences.",
    ExitCode.COULD_NOT_CHECK: "Not everything could be checked.",
}


def run(
    settings: Settings, day: str, call: str, as_json: bool, checkpoints: Sequence[Path] = (), deep: bool = False
) -> int:
    """Verifies a day, one call or everything and prints the report; 2 when it cannot be compared at all."""
    if day and call:
        raise CliError("Give either --day or --call, not both.")
    wanted = _day(day) if day else None
    try:
        code, report = asyncio.run(verify.run(settings, wanted, call or None, checkpoints, deep))
    except (OSError, SQLAlchemyError, StorageError) as error:
        print(f"Not comparable: {_first_line(error)} Is Tianzhou running? (make run)", file=sys.stderr)
        return int(ExitCode.COULD_NOT_CHECK)
    print(json.dumps(report.as_json(), ensure_ascii=False) if as_json else "\n".join(lines(report)))
    return code


def lines(report: Report) -> list[str]:
    """A report for a person: what was looked at, then each thing that does not agree."""
    scope = report.call or report.day or "everything"
    return [
        f"Verified: {scope}",
        f"  {report.calls} calls: {report.present} recordings, {report.absent} without one for a stated reason",
        f"  {report.ledger_rows} ledger rows, {report.objects} files, {report.cdr_calls} calls in Asterisk's CDR",
        f"  {report.checkpoints} checkpoints, the last over {report.signed_rows} rows; {report.timestamps} stamps",
        *(f"DIFFERS    {found.kind}  {found.call or '-'}  {found.detail}" for found in report.differences),
        *(f"UNCHECKED  {what}" for what in report.unchecked),
        WORDS[report.code],
    ]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CliError(f"{text} is no day: write it as 2026-03-31.") from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
