"""The recorder watch: looks each second at every call's files, at the disk and at the worker, and says what is wrong.

What it finds goes out as a record, so that it is kept while PostgreSQL is away too.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from dialer.core import recorder
from dialer.core.attempt import Attempt
from dialer.core.errors import StoreAway
from dialer.core.ids import AttemptId
from dialer.core.incidents import Incident, IncidentKind
from dialer.core.recorder import Look, Tape
from dialer.core.records import IncidentFound, IncidentOver
from dialer.engine.engine import Engine
from dialer.ports import TelephonyAway

LOOK_S = 1.0
SOUND = (IncidentKind.ONE_SIDED, IncidentKind.SILENT)
log = structlog.get_logger()
Key = tuple[IncidentKind, str]


@dataclass
class RecorderWatch:
    """One node's watch. `_told` is what was found by this process and is not over."""

    engine: Engine
    node: str
    _tapes: dict[AttemptId, Tape] = field(default_factory=dict)
    _joined: set[AttemptId] = field(default_factory=set)
    _told: set[Key] = field(default_factory=set)
    _began_s: float = field(default_factory=lambda: asyncio.get_running_loop().time())

    async def run(self) -> None:
        """Looks for ever."""
        while True:
            try:
                await self._look_at_calls()
                self._look_at_disk()
                await self._look_at_worker()
            except (StoreAway, TelephonyAway) as away:
                log.warning("the recorder cannot be looked at", action="recorder_look_failed", why=str(away))
            await asyncio.sleep(LOOK_S)

    # -- calls ------------------------------------------------------------------------------------------------

    async def _look_at_calls(self) -> None:
        live = {a.id: a for a in self.engine.floor.attempts.values() if a.answered_at and not a.hangup_at}
        self._forget(live.keys())
        looks = await self.engine.telephony.look_at(live.keys())
        for call_id, look in looks.items():
            await self._judge(live[call_id], look)

    async def _judge(self, attempt: Attempt, look: Look) -> None:
        now_s, is_connected = _clock(), attempt.connected_at is not None
        tape = self._tapes.get(attempt.id) or recorder.begin(now_s)
        if is_connected and attempt.id not in self._joined:
            self._joined.add(attempt.id)
            tape = recorder.joined(tape, now_s)
        if attempt.id in self.engine.paused:
            tape = recorder.joined(tape, now_s)  # what is muted is not silent
        if recorder.is_stalled(tape, now_s):
            look = Look(look.sizes, look.peaks, await self.engine.telephony.packets(attempt.id))
        self._tapes[attempt.id] = tape = recorder.after(tape, look, now_s)
        if attempt.id in self.engine.floor.attempts:  # it may have ended while the line was asked
            self._open(recorder.faults(attempt.id, tape, is_connected, self.engine.now(), now_s))
        if recorder.is_heard(tape, now_s):
            self._close([(kind, attempt.id) for kind in SOUND], "Both are heard")

    def _forget(self, live: Iterable[AttemptId]) -> None:
        kept = set(live)
        self._tapes = {key: tape for key, tape in self._tapes.items() if key in kept}
        self._joined &= kept
        self._told = {key for key in self._told if key[1] == self.node or key[1] in kept}

    # -- the machine ------------------------------------------------------------------------------------------

    def _look_at_disk(self) -> None:
        engine, reserve = self.engine, self.engine.reserve_mb()
        if not engine.recorder.ok:
            return  # nothing is dialed, and what is free is not known
        found = recorder.disk_fault(self.node, engine.recorder.free_mb, reserve, engine.now())
        if found is not None:
            self._open([found])
        elif recorder.has_room(engine.recorder.free_mb, reserve):
            self._close([(IncidentKind.DISK_RESERVE, self.node)], "There is room again")

    async def _look_at_worker(self) -> None:
        silent_s = await self.engine.store.silent_s(f"worker:{self.node}")
        found = recorder.worker_fault(self.node, silent_s, _clock() - self._began_s, self.engine.now())
        if found is not None:
            self._open([found])
        elif silent_s is not None:
            self._close([(IncidentKind.WORKER_AWAY, self.node)], "The worker is back")

    # -- what is told -----------------------------------------------------------------------------------------

    def _open(self, found: Iterable[Incident]) -> None:
        for incident in found:
            key = (incident.kind, incident.subject)
            if key not in self._told:
                self._told.add(key)
                log.error(incident.detail, action="incident", kind=incident.kind.value, subject=incident.subject)
                self.engine.journal.put(IncidentFound(incident))

    def _close(self, keys: Iterable[Key], resolution: str) -> None:
        """Those that this process found, or that are open in the database since an earlier one."""
        open_before = {(each.kind, each.subject) for each in self.engine.incidents}
        now: datetime = self.engine.now()
        for kind, subject in set(keys) & (self._told | open_before):
            self._told.discard((kind, subject))
            self.engine.journal.put(IncidentOver(kind, subject, now, resolution))


def _clock() -> float:
    return asyncio.get_running_loop().time()
