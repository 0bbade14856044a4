"""Clips to take away: cut beside the loop, witnessed in the ledger, then given; nothing of them is kept."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BufferedReader

from api.context import Context
from api.errors import Busy, Invalid
from api.listening.rules import CLIP_MAX_S, is_inside
from api.listening.schemas import NewClip, Stretch
from api.recordings.service import Audio, faults
from api.witness import Doer, witness
from dialer.core.ledger import EntryKind
from recordings.clips import Clip, Cut, Part, cut

MS = 1000
PIECE = 256 * 1024
WAIT_S = 20.0  # for one's turn
BAD_REDACTION = "A redaction ends before it begins, or after the recording."


@dataclass(frozen=True)
class Taken:
    """A clip's file, open and already without a name on the disk."""

    file: BufferedReader
    clip: Clip
    name: str

    def pieces(self) -> Iterator[bytes]:
        """Its bytes."""
        with self.file as file:
            while piece := file.read(PIECE):
                yield piece


async def take(here: Context, doer: Doer, audio: Audio, asked: NewClip) -> Taken:
    """Cuts and witnesses a clip. Raises Invalid, NotFound, Conflict, StorageAway, Busy, LedgerAway."""
    wanted = _cut_of(asked, audio.duration_s)
    taken = await _make(here, audio, wanted)
    part = wanted.part
    body = doer.words(asked.why) | {
        "what": "clip",
        "from_ms": part.from_ms,
        "to_ms": part.to_ms,
        "redactions_ms": [[item.from_ms, item.to_ms] for item in wanted.redactions],
        "form": wanted.form,
        "bytes": taken.clip.size,
        "sha256": taken.clip.sha256.hex(),
    }
    try:
        await witness(here.engine, EntryKind.EXPORTED, audio.id, body)
    except BaseException:
        taken.file.close()
        raise
    return taken


def _cut_of(asked: NewClip, duration_s: float) -> Cut:
    if not is_inside(asked.from_s, asked.to_s, duration_s):
        raise Invalid("bad_stretch", f"The recording is {duration_s:.3f} s long.", "body.to_s")
    if asked.to_s - asked.from_s > CLIP_MAX_S:
        raise Invalid("bad_stretch", f"A clip is at most {CLIP_MAX_S} s long; take several.", "body.to_s")
    for part in asked.redactions:
        if not is_inside(part.from_s, part.to_s, duration_s):
            raise Invalid("bad_stretch", BAD_REDACTION, "body.redactions")
    return Cut(_part(asked), tuple(_part(part) for part in asked.redactions), asked.form.value)


def _part(stretch: Stretch) -> Part:
    """Whole milliseconds, never less than was asked."""
    return Part(int(stretch.from_s * MS), -int(-stretch.to_s * MS // 1))


async def _make(here: Context, audio: Audio, wanted: Cut) -> Taken:
    name = f"clip-{audio.id}-{wanted.part.from_ms}-{wanted.part.to_ms}.{wanted.form}"
    async with _turn(here.clips), faults(here.engine, audio.sealed), here.vault.copy(audio.sealed) as flac:
        target = flac.with_name(name)
        clip = await asyncio.to_thread(cut, flac, wanted, target)
        return Taken(target.open("rb"), clip, name)


@asynccontextmanager
async def _turn(clips: asyncio.Semaphore) -> AsyncIterator[None]:
    """Few are cut at once: the machine has calls to record."""
    try:
        async with asyncio.timeout(WAIT_S):
            await clips.acquire()
    except TimeoutError as error:
        raise Busy("clips_busy", "Other clips are being cut.") from error
    try:
        yield
    finally:
        clips.release()
