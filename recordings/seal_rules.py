"""What a recordings row and its ledger entry must say alike. Pure."""

from collections.abc import Mapping
from typing import Any

from dialer.core.ledger import EntryKind
from recordings.rules import TAKEN_AWAY

SEALED = (
    "reason",
    "storage_key",
    "bytes",
    "key_id",
    "object_sha256",
    "flac_bytes",
    "flac_sha256",
    "sha256_pcm",
    "rate",
    "channels",
    "samples",
    "talk_s",
    "difference_s",
    "repaired",
    "lost_s",
)
ABSENT = ("reason", "talk_s")
NOTHING = ("None", "False")  # what an absence has in place of a recording's facts
LET_GO = ("reason", "storage_key")  # what changes in a row whose recording is taken away


def differences(status: str, row: Mapping[str, Any], kind: str, body: Mapping[str, Any]) -> tuple[str, ...]:
    """The names in which a row differs from its seal or absence; `row` as `records.ledger_body` gives it.

    A recording that was taken away keeps its seal; that it may be gone, its tombstone says. A fact that an older
    version did not know is in neither.
    """
    is_gone = status == "absent" and row["reason"] in TAKEN_AWAY
    was_sealed = status == "present" or is_gone
    if kind != (EntryKind.SEAL if was_sealed else EntryKind.ABSENCE):
        return ("status",)
    names = SEALED if was_sealed else ABSENT
    wrong = [name for name in names if body.get(name) != row[name] and not (is_gone and name in LET_GO)]
    wrong += [name for name in SEALED if name not in names and str(row[name]) not in NOTHING]
    return tuple(wrong)
