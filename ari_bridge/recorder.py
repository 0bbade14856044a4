"""Whether a call would be recorded now, seen on disk: no message of Asterisk says so (ecosystem.md §0.5)."""

import asyncio
import shutil
from collections.abc import Collection
from dataclasses import dataclass, field
from errno import ENOSPC
from pathlib import Path

import numpy as np

from dialer.core.ids import AttemptId
from dialer.core.recorder import Look
from dialer.ports import RecorderStatus

CONFIRM_S, LOOK_S = 0.6, 0.01
LEGS = ("customer", "agent")
MODULE = "app_mixmonitor.so"
HEADER = 44  # bytes
READ_MOST = 2**18  # 16 s of a leg: what was written in a longer absence of ours is not listened to


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
        if fault.errno != ENOSPC:  # a full disk is the reserve's business
            return RecorderStatus(False, f"the spool cannot be written: {fault.strerror}", 0)
    return RecorderStatus(True, "", shutil.disk_usage(spool).free // 2**20)


@dataclass
class Tapes:
    """The leg files of the calls in the air, as far as they have been listened to."""

    spool: Path
    _read_to: dict[Path, int] = field(default_factory=dict)

    def look(self, calls: Collection[AttemptId]) -> dict[AttemptId, Look]:
        """One look at each; what is not asked for is forgotten. Blocking."""
        files = {call: leg_files(self.spool, call) for call in calls}
        kept = {file for pair in files.values() for file in pair}
        self._read_to = {file: end for file, end in self._read_to.items() if file in kept}
        return {call: self._look(*pair) for call, pair in files.items()}

    def _look(self, customer: Path, agent: Path) -> Look:
        (first, loud), (second, loud_too) = self._leg(customer), self._leg(agent)
        return Look((first, second), (loud, loud_too))

    def _leg(self, file: Path) -> tuple[int | None, int]:
        """Its size, and the loudest sample of what came since the last look."""
        try:
            size = file.stat().st_size
            begin = max(self._read_to.get(file, HEADER), size - READ_MOST)
            self._read_to[file] = end = max(begin, size - size % 2)
            return size, _peak(file, begin, end - begin)
        except OSError:
            return None, 0


def _peak(file: Path, begin: int, length: int) -> int:
    if length < 2:
        return 0
    with file.open("rb") as source:
        source.seek(begin)
        blob = source.read(length)
    samples = np.frombuffer(blob[: len(blob) // 2 * 2], "<i2").astype(np.int32)
    return int(np.abs(samples).max(initial=0))
