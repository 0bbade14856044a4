"""What the command line can fail with; the text is one sentence for a person, with what to do."""

from pathlib import Path


class CliError(Exception):
    """Something the user can act on; printed without a traceback, exit code 1."""


class UpError(CliError):
    """The installation could not be started or kept running."""


class StepFailed(UpError):
    """A step of the start failed; `log` is where its own words are, `todo` what to do about it."""

    def __init__(self, what: str, log: Path | None = None, todo: str = "") -> None:
        super().__init__(what)
        self.log, self.todo = log, todo


class Interrupted(BaseException):
    """Ctrl-C or a stop signal came while we were starting; like KeyboardInterrupt, no error."""
