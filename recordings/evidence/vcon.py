"""The call as an IETF vCon (draft-ietf-vcon-vcon-core, syntax 0.4.0) and its signed form (JWS, RFC 7515 and 8037)."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from recordings.evidence.case import Case
from recordings.notes import SigningKey

SYNTAX = "0.4.0"
DISPOSITIONS = {"no_answer": "no-answer", "busy": "busy", "trunk_failed": "congestion", "abandoned": "hung-up"}
CUSTOMER, AGENT = 0, 1


def build(case: Case, agent: str | None, flac_sha512: bytes | None, made_at: datetime) -> dict[str, Any]:
    """The call: the customer, the agent, and one dialog: a recording, or incomplete with the draft's disposition.

    The audio lies beside, under `filename`: the draft's `url` would have to be an https address.
    """
    parties: list[dict[str, Any]] = [{"tel": f"tel:{case.attempt.get('number', '')}", "type": "person"}]
    parties.append({"name": agent, "type": "person"} if agent else {"type": "person"})
    return {
        "vcon": SYNTAX,
        "uuid": case.call,
        "created_at": made_at.astimezone(UTC).isoformat(),
        "subject": "outbound call",
        "parties": parties,
        "dialog": [_recording(case, flac_sha512) if flac_sha512 is not None else _incomplete(case)],
    }


def _recording(case: Case, flac_sha512: bytes) -> dict[str, Any]:
    recording = case.recording or {}
    return {
        "type": "recording",
        "start": case.attempt.get("answered_at") or case.attempt.get("opened_at"),
        "duration": round((recording.get("samples") or 0) / (recording.get("rate") or 1), 3),
        "parties": [AGENT, CUSTOMER],  # left, right
        "originator": AGENT,
        "mediatype": "audio/flac",
        "filename": "audio.flac",
        "content_hash": f"sha512-{base64url(flac_sha512)}",
    }


def _incomplete(case: Case) -> dict[str, Any]:
    """A reasoned absence. The draft has six dispositions; ours, which says more, stands beside."""
    reason = (case.recording or {}).get("reason") or "open"
    return {
        "type": "incomplete",
        "start": case.attempt.get("opened_at"),
        "parties": [CUSTOMER, AGENT],
        "originator": AGENT,
        "disposition": DISPOSITIONS.get(reason, "failed"),
        "tianzhou_reason": reason,
    }


def signed(payload: bytes, uuid: str, key: SigningKey, now: datetime) -> dict[str, Any]:
    """The draft's signed form: JWS in general JSON serialization, EdDSA."""
    protected = base64url(json.dumps({"alg": "EdDSA"}).encode())
    body = base64url(payload)
    header = {"alg": "EdDSA", "uuid": uuid, "x5c": [certificate(key, now)]}
    signature = base64url(key.sign(f"{protected}.{body}".encode()))
    return {"payload": body, "signatures": [{"header": header, "protected": protected, "signature": signature}]}


def certificate(key: SigningKey, now: datetime) -> str:
    """The key in a certificate that it signed itself, since the draft wants one: it says whose nothing is."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, key.public.name)])
    serial = int.from_bytes(hashlib.sha256(key.public.raw).digest()[:8], "big") | 1
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(serial)
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=3650))
    made = key.certify(builder.public_key(key.public.key))
    return base64.b64encode(made.public_bytes(Encoding.DER)).decode()


def base64url(value: bytes) -> str:
    """RFC 7515: URL-safe and without padding."""
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
