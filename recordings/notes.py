"""Checkpoints as text that anybody can check: C2SP tlog-checkpoint in a C2SP signed note, signed with Ed25519.

tianzhou/ledger/1f2e3d4c5b6a7980      origin: one for each key
1234                                  rows in the ledger
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2...   root of the RFC 6962 tree over them, base64
head 9Uth8x...                        hash of the last row in the chain, base64
time 2026-11-25T09:00:00.000000Z

— tianzhou/ledger/1f2e3d4c5b6a7980 Az3grl...   base64 of the key's id (4 bytes) and the signature
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from recordings.errors import NoteError

ED25519 = b"\x01"  # the algorithm's byte in a key's id
DASH = "\u2014"
HASH_BYTES = 32
_NOTE = re.compile(
    r"(?P<text>(?P<origin>tianzhou/ledger/[0-9a-f]{16})\n(?P<size>[1-9][0-9]{0,17})\n(?P<root>[0-9A-Za-z+/]{43}=)\n"
    r"head (?P<head>[0-9A-Za-z+/]{43}=)\ntime (?P<time>[0-9T:.-]{26})Z\n)"
    rf"\n{DASH} (?P<name>[^ +\n]+) (?P<signature>[0-9A-Za-z+/]+=*)\n"
)


@dataclass(frozen=True)
class Checkpoint:
    """The ledger as it was: so many rows, the tree's root over them, the hash of the last one in the chain."""

    size: int
    root: bytes
    head: bytes
    made_at: datetime


class PublicKey:
    """Checks notes. Raises ValueError when it is not 32 bytes of an Ed25519 key."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.key = Ed25519PublicKey.from_public_bytes(raw)
        self.name = f"tianzhou/ledger/{hashlib.sha256(raw).hexdigest()[:16]}"
        self.id = hashlib.sha256(f"{self.name}\n".encode() + ED25519 + raw).digest()[:4]

    def has_signed(self, text: bytes, signature: bytes) -> bool:
        """Whether the key's owner signed exactly these bytes."""
        try:
            self.key.verify(signature, text)
        except InvalidSignature:
            return False
        return True


class SigningKey:
    """Signs checkpoints, certificates and evidence. `seed` is `Secrets.ledger_key`; raises NoteError for none."""

    def __init__(self, seed: str) -> None:
        try:
            raw = base64.urlsafe_b64decode(seed + "=" * (-len(seed) % 4))
            self._key = Ed25519PrivateKey.from_private_bytes(raw)
        except (ValueError, binascii.Error) as error:
            raise NoteError("secrets.json holds no key of the ledger: start Tianzhou once (tianzhou up)") from error
        self.public = PublicKey(self._key.public_key().public_bytes_raw())

    def sign(self, text: bytes) -> bytes:
        """The signature over these bytes, 64 bytes."""
        return self._key.sign(text)

    def certify(self, builder: x509.CertificateBuilder) -> x509.Certificate:
        """The certificate, signed with the key."""
        return builder.sign(self._key, None)

    def note(self, checkpoint: Checkpoint) -> str:
        """The checkpoint as a signed note."""
        text = text_of(checkpoint, self.public.name)
        signature = _base64(self.public.id + self.sign(text.encode()))
        return f"{text}\n{DASH} {self.public.name} {signature}\n"


def text_of(checkpoint: Checkpoint, origin: str) -> str:
    """What is signed."""
    made_at = checkpoint.made_at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    head = f"head {_base64(checkpoint.head)}\ntime {made_at}Z\n"
    return f"{origin}\n{checkpoint.size}\n{_base64(checkpoint.root)}\n{head}"


def opened(note: str, key: PublicKey | None) -> Checkpoint:
    """The checkpoint in a note; without a key its signature is not looked at. Raises NoteError, saying why."""
    found = _NOTE.fullmatch(note)
    if found is None:
        raise NoteError("it is not written as a checkpoint is")
    try:
        made_at = datetime.fromisoformat(found["time"]).replace(tzinfo=UTC)
    except ValueError as error:
        raise NoteError("it is not written as a checkpoint is") from error
    checkpoint = Checkpoint(int(found["size"]), _bytes(found["root"]), _bytes(found["head"]), made_at)
    if text_of(checkpoint, found["origin"]) != found["text"]:
        raise NoteError("it is not written as a checkpoint is")
    if key is not None:
        _check(found, key)
    return checkpoint


def torn_off(content: str) -> tuple[list[str], str]:
    """The whole notes at the beginning of a file of them, each followed by an empty line, and what is left over."""
    notes, at = [], 0
    while (found := _NOTE.match(content, at)) and content.startswith("\n", found.end()):
        notes.append(found.group())
        at = found.end() + 1
    return notes, content[at:]


def _check(found: re.Match[str], key: PublicKey) -> None:
    try:
        signed = base64.b64decode(found["signature"])
    except binascii.Error as error:
        raise NoteError("its signature cannot be read") from error
    if (found["origin"], found["name"], signed[:4]) != (key.name, key.name, key.id):
        raise NoteError("it is signed with another key")
    is_plain = _base64(signed) == found["signature"]  # base64 has several texts for the same bytes
    if not is_plain or not key.has_signed(found["text"].encode(), signed[4:]):
        raise NoteError("its signature is wrong")


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)
