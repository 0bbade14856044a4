"""Checks the evidence of one recorded call: python3 verify.py

Needs Python 3.9 or newer and the package `cryptography`, and no network. It looks at the files beside it, says a
sentence for each thing it checks, and ends with 0 when all of them hold, 1 when one does not.

With the fingerprint of the centre's key as you know it from elsewhere (a printed daily certificate, a letter):
python3 verify.py tianzhou/ledger/0123456789abcdef
"""

import base64
import hashlib
import json
import re
import sys
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HERE = Path(__file__).resolve().parent
NOT_LISTED = {"manifest.json", "manifest.sig"}
KEY, CHECKPOINT = "ledger-key.txt", "checkpoint.txt"


class Wrong(Exception):
    """Something does not hold; the text says what."""


def main() -> int:
    """Every check, whatever the others say."""
    failed = 0
    for check in CHECKS:
        try:
            say("OK    " + check())
        except Exception as error:
            failed += 1
            say("WRONG " + check.__name__ + ": " + (str(error) or type(error).__name__))
    say("Everything holds. 全部通过。" if not failed else f"{failed} checks FAILED. 有 {failed} 项未通过。")
    return 1 if failed else 0


def say(sentence: str) -> None:
    """A line for whoever runs this."""
    sys.stdout.write(sentence + "\n")


def the_key() -> str:
    """The key that everything is signed with."""
    name, _ = key()
    if len(sys.argv) > 1 and sys.argv[1] != name:
        raise Wrong(f"the key is {name}, not the one you named")
    known = "which is the one you named" if len(sys.argv) > 1 else "compare it with the one you know"
    return f"The files are signed with the key {name}: {known}. 签名密钥。"


def the_list_of_files() -> str:
    """Every file is the one of the signed list."""
    listed = manifest()["files"]
    found = {path.name for path in HERE.iterdir()} - NOT_LISTED
    if found != set(listed):
        raise Wrong("files that are missing or too many: " + ", ".join(sorted(found ^ set(listed))))
    for name, facts in listed.items():
        content = (HERE / name).read_bytes()
        if (len(content), hashlib.sha256(content).hexdigest()) != (facts["bytes"], facts["sha256"]):
            raise Wrong(f"{name} was changed")
    return f"The list of files is signed, and all {len(listed)} are as listed. 文件清单与签名一致。"


def the_ledger_rows() -> str:
    """Each row is what its hash is over, and is about this call."""
    rows = ledger()["rows"]
    call = manifest()["call"]
    for row in rows:
        digest = hashlib.sha256(bytes.fromhex(row["prev_hash"]) + sha256(row["row"].encode())).hexdigest()
        said = json.loads(row["row"])
        if digest != row["hash"] or said["seq"] != row["seq"] or said["attempt_id"] != call:
            raise Wrong(f"row {row['seq']} is not what its hash says")
    if [row["seq"] for row in rows] != sorted({row["seq"] for row in rows}):
        raise Wrong("the rows are not in their order")
    if not any(json.loads(row["row"])["kind"] == "exported" for row in rows):
        raise Wrong("the export itself is not among the rows")
    return f"Each of the {len(rows)} ledger rows about the call is what its hash says. 账本条目与哈希一致。"


def the_checkpoint() -> str:
    """The state of the ledger that the centre signed."""
    size, _root, when = opened(CHECKPOINT)
    return f"The ledger of {size} rows was signed at {when}. 账本检查点签名有效。"


def the_proofs() -> str:
    """Each row is in it."""
    size, root, _when = opened(CHECKPOINT)
    rows = ledger()["rows"]
    for row in rows:
        leaf = hashlib.sha256(b"\x00" + row["row"].encode()).digest()
        if climb(leaf, row["seq"] - 1, size, [bytes.fromhex(step) for step in row["proof"]]) != root:
            raise Wrong(f"row {row['seq']} is not in the signed ledger")
    return "Each of these rows is in the signed ledger (RFC 6962 proofs). 每条均在已签名的账本之中。"


def the_earlier_checkpoints() -> str:
    """What was signed before is the beginning of it."""
    size, root, _when = opened(CHECKPOINT)
    said = []
    for name, proof in ledger()["earlier"].items():
        old_size, old_root, when = opened(name)
        if not continues(old_size, size, [bytes.fromhex(step) for step in proof], old_root, root):
            raise Wrong(f"the ledger does not continue {name}")
        said.append(f"{name} of {when} ({old_size} rows)")
    if not said:
        return "There is no earlier checkpoint in this evidence. 没有更早的检查点。"
    return "Nothing was rewritten since " + ", ".join(said) + ". 此后账本未被改写。"


def the_audio() -> str:
    """The audio is what the seal among the rows says."""
    rows = [json.loads(row["row"]) for row in ledger()["rows"]]
    gone = [row for row in rows if row["kind"] in ("retention", "erasure")]
    seals = [row for row in rows if row["kind"] == "seal"]
    if not (HERE / "audio.flac").exists():
        return f"There is no audio: {no_audio(rows, gone)}. 无录音，原因如上。"
    if len(seals) != 1:
        raise Wrong("there is audio, and not one seal")
    body = seals[0]["body"]
    flac = (HERE / "audio.flac").read_bytes()
    if body.get("flac_sha256") is not None and hashlib.sha256(flac).hexdigest() != body["flac_sha256"]:
        raise Wrong("audio.flac is not what was sealed")
    if pcm() != (body["sha256_pcm"], body["samples"], body["rate"], body["channels"]):
        raise Wrong("the samples of audio.wav are not those that were sealed")
    return f"The audio is what was sealed at {seals[0]['event_at']}. 录音与封存时一致。"


def no_audio(rows: list[dict[str, Any]], gone: list[dict[str, Any]]) -> str:
    """Why there is none, as the ledger says it."""
    for row in gone:
        return f"erased at {row['event_at']} ({row['kind']})"
    for row in rows:
        if row["kind"] == "absence":
            return f"the ledger's reason is {row['body']['reason']}"
        if row["kind"] == "seal" and not row["body"]["samples"]:
            return "the call was answered and nobody sent a sound"
    if any(row["kind"] == "seal" for row in rows):
        raise Wrong("the ledger has a seal, and the audio is not here")
    return "the recording was not settled yet"


def the_vcon() -> str:
    """The vCon, its signature, and the audio that it names."""
    payload = (HERE / "vcon.json").read_bytes()
    jws = json.loads((HERE / "vcon.jws.json").read_bytes())
    [signature] = jws["signatures"]
    if unbase64url(jws["payload"]) != payload:
        raise Wrong("vcon.jws.json is over another text than vcon.json")
    if json.loads(unbase64url(signature["protected"])) != {"alg": "EdDSA"}:
        raise Wrong("the signature is of another kind")
    text = (signature["protected"] + "." + jws["payload"]).encode()
    key()[1].verify(unbase64url(signature["signature"]), text)
    [dialog] = json.loads(payload)["dialog"]
    if dialog["type"] == "recording":
        digest = hashlib.sha512((HERE / dialog["filename"]).read_bytes()).digest()
        if dialog["content_hash"] != "sha512-" + base64.urlsafe_b64encode(digest).decode().rstrip("="):
            raise Wrong("the vCon is about other audio")
    return f"The vCon is signed, and its dialog is {dialog['type']}. vCon 签名有效。"


def the_time_stamp() -> str:
    """Another authority's stamp, as far as Python alone can look at it."""
    if not (HERE / "timestamp.tsr").exists():
        return "There is no time stamp of another authority in this evidence. 无第三方时间戳。"
    note = (HERE / "checkpoint-stamped.txt").read_bytes()
    if hashlib.sha256(note).digest() not in (HERE / "timestamp.tsr").read_bytes():
        raise Wrong("the time stamp is over another text than checkpoint-stamped.txt")
    how = "openssl ts -verify -data checkpoint-stamped.txt -in timestamp.tsr -CAfile CA.pem"
    return f"The time stamp is over checkpoint-stamped.txt; for its signature: {how} 时间戳。"


CHECKS: list[Callable[[], str]] = [
    the_key,
    the_list_of_files,
    the_ledger_rows,
    the_checkpoint,
    the_proofs,
    the_earlier_checkpoints,
    the_audio,
    the_vcon,
    the_time_stamp,
]


def key() -> tuple[str, Ed25519PublicKey]:
    """The key's name and the key."""
    text = (HERE / KEY).read_text()
    raw = base64.b64decode(text)
    name = "tianzhou/ledger/" + hashlib.sha256(raw).hexdigest()[:16]
    if text != base64.b64encode(raw).decode() + "\n":
        raise Wrong(f"{KEY} is not written as a key is")
    return name, Ed25519PublicKey.from_public_bytes(raw)


def manifest() -> dict[str, Any]:
    """The signed list."""
    content, signature = (HERE / "manifest.json").read_bytes(), (HERE / "manifest.sig").read_text()
    raw = base64.b64decode(signature)
    if signature != base64.b64encode(raw).decode() + "\n":
        raise Wrong("manifest.sig is not written as a signature is")
    key()[1].verify(raw, content)
    said: dict[str, Any] = json.loads(content)
    return said


def ledger() -> dict[str, Any]:
    """The rows with their proofs."""
    said: dict[str, Any] = json.loads((HERE / "ledger.json").read_bytes())
    return said


def opened(name: str) -> tuple[int, bytes, str]:
    """A checkpoint's size, root and time, its signature checked (C2SP signed note)."""
    text, _, line = (HERE / name).read_bytes().decode().partition("\n\n")
    origin, verifier = key()
    said = re.fullmatch("\u2014 (\\S+) (\\S+)\n", line)
    lines = text.split("\n")
    if said is None or len(lines) != 5 or lines[0] != origin or said.group(1) != origin:
        raise Wrong(f"{name} is not a checkpoint of this key")
    raw = base64.b64decode(said.group(2))
    verifier.verify(raw[4:], text.encode() + b"\n")
    return int(lines[1]), base64.b64decode(lines[2]), lines[4].replace("time ", "")


def climb(leaf: bytes, place: int, size: int, proof: list[bytes]) -> bytes:
    """The root that an inclusion proof leads to (RFC 9162 2.1.3.2)."""
    last, digest = size - 1, leaf
    if not 0 <= place < size:
        raise Wrong("a row beyond the signed ledger")
    for step in proof:
        if place % 2 or place == last:
            digest = node(step, digest)
            while not place % 2 and place:
                place, last = place // 2, last // 2
        else:
            digest = node(digest, step)
        place, last = place // 2, last // 2
    if last:
        raise Wrong("a proof that is too short")
    return digest


def continues(old: int, new: int, proof: list[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Whether the proof shows that the first `old` rows are the same in both (RFC 9162 2.1.4.2)."""
    if old == new:
        return old_root == new_root
    path = [old_root, *proof] if not old & (old - 1) else proof
    place, last = old - 1, new - 1
    while place % 2:
        place, last = place // 2, last // 2
    before = after = path[0]
    for step in path[1:]:
        if place % 2 or place == last:
            before, after = node(step, before), node(step, after)
            while place and not place % 2:
                place, last = place // 2, last // 2
        else:
            after = node(after, step)
        place, last = place // 2, last // 2
    return not last and (before, after) == (old_root, new_root)


def node(left: bytes, right: bytes) -> bytes:
    """RFC 6962 2.1."""
    return sha256(b"\x01" + left + right)


def sha256(content: bytes) -> bytes:
    """The digest."""
    return hashlib.sha256(content).digest()


def pcm() -> tuple[str, int, int, int]:
    """Hash of the interleaved samples of audio.wav, their number, rate and channels."""
    digest = hashlib.sha256()
    with wave.open(str(HERE / "audio.wav"), "rb") as source:
        facts = (source.getnframes(), source.getframerate(), source.getnchannels())
        if source.getsampwidth() != 2:
            raise Wrong("audio.wav has no 16-bit samples")
        while True:
            block = source.readframes(65536)
            if not block:
                return (digest.hexdigest(), *facts)
            digest.update(block)


def unbase64url(text: str) -> bytes:
    """RFC 7515."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


if __name__ == "__main__":
    sys.exit(main())
