"""Whether a backup fits where it is to lie."""

import shutil

from api.cli.backup import files
from api.cli.backup.audio import stored_keys
from api.cli.backup.errors import BackupError
from api.cli.backup.job import Job, same_disk

SLACK = 64 << 20
MEBIBYTE = 1 << 20


def refuse_full(job: Job, database_bytes: int) -> None:
    """Raises BackupError where the backup would not fit, or would take the space below which nothing is dialed."""
    paths = job.paths
    need = database_bytes + files.size_below(paths.spool) + SLACK
    need += paths.cdr("main").stat().st_size if paths.cdr("main").exists() else 0
    if job.is_local and paths.recordings.is_dir() and not same_disk(paths.recordings, job.where):
        need += _to_copy(job)
    if paths.spool.is_dir() and same_disk(paths.spool, job.where):
        need += job.settings.disk_reserve_mb * MEBIBYTE
    free = shutil.disk_usage(job.where).free
    if free < need:
        raise BackupError(
            f"{free // MEBIBYTE} MB are free in {job.where}, and {need // MEBIBYTE} MB are needed. {job.advice()}"
        )


def _to_copy(job: Job) -> int:
    """Bytes of the recordings that the newest backup does not hold yet."""
    new = (key for key in stored_keys(job.paths.recordings) if job.held(key) is None)
    return sum((job.paths.recordings / key).stat().st_size for key in new)
