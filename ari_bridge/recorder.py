"""Whether a call would be recorded now, seen on disk: no message of Asterisk says so (ecosystem.md §0.5)."""

import asyncio
import shutil
from pathlib import Path

from dialer.core.ids import AttemptId
from dialer.ports import RecorderStatus

CONFIRM_S, LOOK_S = 0.6, 0.01
LEGS = ("customer", "agent")
MODULE = "app_mixmonitor.so"


def leg_files(spool: Path, attempt_id: AttemptId) -> list[Path]:
    """Where the two legs of a call are written."""
    return [spool / f"{attempt_id}-{leg}.wav" for leg in LEGS]


def is_recording(spool: Path, attempt_id: AttemptId) -> bool:
    """Both files exist: MixMonitor opened them before we were told of the answer."""
    return all(file.is_file() for file in leg_files(spool, attempt_id))


async def confirm(spool: Path, attempt_id: AttemptId) -> bool:
    """Waits until the recorder is seen running, at most CONFIRM_S."""
    for _ in range(int(CONFIRM_S / LOOK_S)):
        if is_recording(spool, attempt_id):
            return True
        await asyncio.sleep(LOOK_S)
    return is_recording(spool, attempt_id)


def recorded_in(spool: Path) -> set[str]:
    """The attempts of which both files exist."""
    found = [{file.name.removesuffix(f"-{leg}.wav") for file in spool.glob(f"*-{leg}.wav")} for leg in LEGS]
    return found[0] & found[1]


def spool_status(spool: Path) -> RecorderStatus:
    """Whether the spool folder can be written now, and the space left, in MB."""
    if not spool.is_dir():
        return RecorderStatus(False, "the spool is not a folder: remove what is there, or run `tianzhou doctor`", 0)
    probe = spool / ".probe"
    try:
        probe.write_bytes(b"recorder")
        probe.unlink()
    except OSError as fault:
        return RecorderStatus(False, f"the spool cannot be written: {fault.strerror}", 0)
    return RecorderStatus(True, "", shutil.disk_usage(spool).free // 2**20)
