"""The objects of a verification: each is there, to the byte what was sealed, and its key opens.

An object was opened and decoded once, after it was stored; then its SHA-256 went into the seal. To hash it again is
therefore as strong as to decode it again, and much quicker. `deep` opens and decodes all the same.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row

from recordings.errors import AudioError, KeyMissingError, MissingObjectError, StorageError
from recordings.report import Difference, Finding, Report
from recordings.sealed import Sealed, sealed_of
from recordings.vault import Vault

AT_ONCE = 8  # most of the time the disk or S3 is waited for


async def check_objects(vault: Vault, rows: Iterable[Row[Any]], report: Report, deep: bool = False) -> None:
    """Compares each recording where it lies with its row; several at once, the findings in the order of calls."""
    found: list[Difference] = []
    waiting = iter(list(rows))

    async def work() -> None:
        for row in waiting:
            await _check(vault, row, report, found, deep)

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(work())
    report.differences += sorted(found, key=lambda difference: difference.call or "")


async def _check(vault: Vault, row: Row[Any], report: Report, found: list[Difference], deep: bool) -> None:
    sealed, call = sealed_of(row), row.attempt_id
    if sealed is None:
        if row.status == "present" and row.samples:
            found.append(Difference(Finding.OBJECT_MISSING, call, "the row names no object"))
        return
    report.objects += 1
    try:
        wrong = await (_opened(vault, sealed) if deep or sealed.sha256 is None else _hashed(vault, sealed))
        if wrong:
            found.append(Difference(Finding.OBJECT_DIFFERS, call, wrong))
    except MissingObjectError:
        found.append(Difference(Finding.OBJECT_MISSING, call, f"{sealed.key} is not in the store"))
    except KeyMissingError as error:
        found.append(Difference(Finding.KEY_MISSING, call, str(error)))
    except AudioError as error:
        found.append(Difference(Finding.OBJECT_DIFFERS, call, str(error)))
    except StorageError as error:
        report.unchecked.append(str(error))


async def _hashed(vault: Vault, sealed: Sealed) -> str | None:
    """What is wrong with it as it lies; its key must open too."""
    if sealed.wrapped is not None:
        vault.keys.unwrap(sealed.wrapped)
    size, sha256 = await vault.storage.digest(sealed.key)
    if size != sealed.size:
        return f"{size} bytes instead of {sealed.size}"
    return None if sha256 == sealed.sha256 else "the object is not what was sealed"


async def _opened(vault: Vault, sealed: Sealed) -> str | None:
    """What is wrong with its sound."""
    size, pcm = await vault.storage.size(sealed.key), await vault.pcm(sealed)
    if pcm != sealed.pcm:
        return "its samples are not those that were sealed"
    return None if size == sealed.size else f"{size} bytes instead of {sealed.size}"
