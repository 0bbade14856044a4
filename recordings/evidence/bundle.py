"""Writes the evidence of one call: files in a folder, their signed list, and the zip of them. Blocking."""

import base64
import hashlib
import json
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import soundfile

from recordings.audio import BLOCK
from recordings.errors import AudioError
from recordings.evidence import vcon, words
from recordings.evidence.case import Case, text_of
from recordings.notes import SigningKey

VERIFIER = Path(__file__).with_name("offline.py")
STORED = {".flac"}  # compressed already
FORMAT = 1


@dataclass(frozen=True)
class About:
    """What the rows do not say by themselves, from whoever asks: names, the time line, the business's files."""

    agent: str | None
    campaign: str | None
    timeline: list[dict[str, Any]]
    business: dict[str, Any]


@dataclass(frozen=True)
class Proofs:
    """The proofs of a case: for each row its own, for each earlier checkpoint (by file) that it was continued."""

    rows: dict[int, list[bytes]]
    earlier: dict[str, list[bytes]]


def write(folder: Path, case: Case, about: About, proofs: Proofs, key: SigningKey) -> None:
    """Every file but the audio, which lies in the folder already; the signed list at last."""
    now = datetime.now(UTC)
    _json(folder / "call.json", _call(case, about))
    _json(folder / "timeline.json", about.timeline)
    (folder / "timeline.txt").write_text(_timeline(about.timeline))
    _json(folder / "business.json", about.business)
    _json(folder / "ledger.json", _ledger(case, proofs))
    (folder / "custody.txt").write_text(_custody(case))
    (folder / "checkpoint.txt").write_text(case.newest.note)
    _earlier(folder, case)
    _vcon(folder, case, about, key, now)
    (folder / "ledger-key.txt").write_text(_base64(key.public.raw))
    (folder / "verify.py").write_text(VERIFIER.read_text())
    _words(folder, case, key, now)
    _sign(folder, case, key, now)


def to_wav(flac: Path, wav: Path) -> None:
    """The same samples without compression, for whoever has no FLAC decoder. Raises AudioError."""
    try:
        with soundfile.SoundFile(flac) as source:
            form = {"samplerate": source.samplerate, "channels": source.channels, "subtype": "PCM_16"}
            with soundfile.SoundFile(wav, "w", format="WAV", **form) as out:
                while len(block := source.read(BLOCK, dtype="int16", always_2d=True)):
                    out.write(block)
    except soundfile.SoundFileError as error:
        raise AudioError(f"{flac.name} does not decode: {error}") from error


def pack(folder: Path, target: Path) -> None:
    """The folder's files as a zip."""
    with zipfile.ZipFile(target, "w") as out:
        for path in sorted(folder.iterdir()):
            how = zipfile.ZIP_STORED if path.suffix in STORED else zipfile.ZIP_DEFLATED
            out.write(path, f"evidence-{target.stem}/{path.name}", how)


def _call(case: Case, about: About) -> dict[str, Any]:
    return {
        "call": case.call,
        "agent": about.agent,
        "campaign": about.campaign,
        "attempt": case.attempt,
        "recording": case.recording,
    }


def _ledger(case: Case, proofs: Proofs) -> dict[str, Any]:
    rows = [
        {
            "seq": row.seq,
            "row": text_of(row),
            "prev_hash": row.prev_hash.hex(),
            "hash": row.hash.hex(),
            "proof": [step.hex() for step in proofs.rows[row.seq]],
        }
        for row in case.rows
    ]
    return {"rows": rows, "earlier": {name: [step.hex() for step in proof] for name, proof in proofs.earlier.items()}}


def _custody(case: Case) -> str:
    lines = ["The ledger's entries about this call / 账本中关于本次通话的条目", ""]
    for row in case.rows:
        entry = row.entry
        title = words.TITLES.get(entry.kind.value, entry.kind.value)
        lines.append(f"{row.seq:>9}  {entry.event_at.astimezone(UTC).isoformat()}  {title}")
        lines += [f"{'':11}{name}: {value}" for name, value in sorted(entry.body.items()) if value is not None]
    return "\n".join(lines) + "\n"


def _timeline(marks: list[dict[str, Any]]) -> str:
    lines = ["What happened when / 时间线（at_s: second of the audio / 录音中的秒数）", ""]
    for mark in marks:
        said = {name: value for name, value in mark.items() if value is not None and name not in ("kind", "at")}
        detail = ", ".join(f"{name} {value}" for name, value in said.items())
        lines.append(f"{mark['at']}  {mark['kind']}{f'  ({detail})' if detail else ''}")
    return "\n".join(lines) + "\n"


def _earlier(folder: Path, case: Case) -> None:
    if case.first is not None:
        (folder / "checkpoint-first.txt").write_text(case.first.note)
    if case.stamp is not None:
        (folder / "checkpoint-stamped.txt").write_text(case.stamp.note)
        (folder / "timestamp.tsr").write_bytes(case.stamp.token)


def _vcon(folder: Path, case: Case, about: About, key: SigningKey, now: datetime) -> None:
    flac = folder / "audio.flac"
    digest = _digest(flac, "sha512").digest() if flac.exists() else None
    _json(folder / "vcon.json", vcon.build(case, about.agent, digest, now))
    signed = vcon.signed((folder / "vcon.json").read_bytes(), case.call, key, now)
    _json(folder / "vcon.jws.json", signed)


def _words(folder: Path, case: Case, key: SigningKey, now: datetime) -> None:
    made = case.newest.checkpoint
    values = {
        "call": case.call,
        "made_at": now.isoformat(timespec="seconds"),
        "key": key.public.name,
        "size": made.size,
        "signed_at": made.made_at.astimezone(UTC).isoformat(timespec="seconds"),
    }
    (folder / "README.txt").write_text(words.ENGLISH.format(**values))
    (folder / "说明.txt").write_text(words.CHINESE.format(**values))


def _sign(folder: Path, case: Case, key: SigningKey, now: datetime) -> None:
    files = {
        path.name: {"bytes": path.stat().st_size, "sha256": _digest(path, "sha256").hexdigest()}
        for path in sorted(folder.iterdir())
    }
    facts = {"format": FORMAT, "call": case.call, "made_at": now.isoformat(), "key": key.public.name, "files": files}
    _json(folder / "manifest.json", facts)
    signature = key.sign((folder / "manifest.json").read_bytes())
    (folder / "manifest.sig").write_text(_base64(signature))


def _digest(path: Path, name: str) -> "hashlib._Hash":
    with path.open("rb") as source:
        return hashlib.file_digest(source, name)


def _json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n")


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode() + "\n"
