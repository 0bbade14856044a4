"""What a backup or a restore can fail with; each text is for a person, with what to do."""

from api.cli.errors import CliError


class BackupError(CliError):
    """The backup could not be made; an earlier one is untouched."""


class DamagedError(CliError):
    """A backup is not what its manifest says; the text names the file."""


class RestoreError(CliError):
    """The restore was refused or ended early; the backup is untouched."""
