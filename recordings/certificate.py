"""The daily certificate: what became of every call of a day, signed, so that nobody can count anew afterwards.

The signature is Ed25519 over PREFIX and the certificate as canonical JSON (keys sorted, no blanks, UTF-8), so that
anybody with the public key can check it. It holds the newest checkpoint of the ledger, which stands for all its rows.
"""

import asyncio
import base64
import json
import os
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from dialer.machine import Paths
from dialer.store.events import moment
from dialer.store.tables import incidents
from recordings.certificate_pdf import draw
from recordings.checkpoints import newest
from recordings.completeness import about_day, by_hour, completeness, day_bounds
from recordings.notes import SigningKey
from recordings.signing import signing_key

PREFIX = b"tianzhou completeness certificate v1\n"
NAMED = 200  # open incidents that a certificate lists; it always counts all
Certificate = dict[str, Any]


async def make(engine: AsyncEngine, day: date, zone: str, node: str, key: SigningKey) -> Certificate:
    """The signed certificate of a day as the database is now, in one snapshot. Raises as the database."""
    async with engine.connect() as plain:
        connection = await plain.execution_options(isolation_level="REPEATABLE READ")
        said = await _facts(connection, day, zone)
    said |= {"made_at": moment(datetime.now(UTC)), "made_by": node, "public_key": _text(key.public.raw)}
    return {"certificate": said, "signature": _text(key.sign(signed_bytes(said)))}


def signed_bytes(said: Mapping[str, Any]) -> bytes:
    """What the signature is over."""
    return PREFIX + json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def is_genuine(certificate: Mapping[str, Any], public_key: bytes) -> bool:
    """Whether the owner of this key signed exactly this certificate."""
    try:
        signature = base64.b64decode(certificate["signature"], validate=True)
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, signed_bytes(certificate["certificate"]))
    except (InvalidSignature, ValueError, KeyError, TypeError):
        return False
    return True


class Shelf:
    """The certificates that were kept, a JSON and a PDF for each day, written once. Blocking."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def has(self, day: date) -> bool:
        """Whether the day's is kept; both files, or a kill came between."""
        return all(self.path(day, form).exists() for form in ("json", "pdf"))

    def path(self, day: date, form: str) -> Path:
        """Where a day's lies, or would."""
        return self._folder / f"{day.isoformat()}.{form}"

    def keep(self, day: date, certificate: Certificate) -> None:
        """Writes both, the PDF first. Raises OSError."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(self.path(day, "pdf"), draw(certificate))
        _write(self.path(day, "json"), as_json(certificate))

    def read(self, day: date) -> Certificate | None:
        """The kept one; None = there is none, or it is no JSON any more."""
        try:
            found: Certificate = json.loads(self.path(day, "json").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        return found


async def certify(engine: AsyncEngine, paths: Paths, day: date, zone: str, node: str) -> None:
    """Makes a day's certificate and keeps it. Raises NoteError without a key, OSError, and as the database."""
    made = await make(engine, day, zone, node, signing_key(paths))
    await asyncio.to_thread(Shelf(paths.certificates).keep, day, made)


def as_json(certificate: Certificate) -> bytes:
    """For people too: indented. The signature is over the canonical form, so that this changes nothing."""
    return json.dumps(certificate, ensure_ascii=False, indent=1, sort_keys=True).encode()


async def _facts(connection: AsyncConnection, day: date, zone: str) -> dict[str, Any]:
    start, end = day_bounds(day, zone)
    counted: dict[str, Any] = dict(await completeness(connection, day, zone))
    checkpoint = await newest(connection)
    return counted | {
        "zone": zone,
        "from": moment(start),
        "to": moment(end),
        "complete": _is_complete(counted),
        "hours": [dict(hour) for hour in await by_hour(connection, day, zone)],
        "incidents": await _incidents(connection, start, end),
        "ledger": {"checkpoint": checkpoint.note if checkpoint else None},
    }


def _is_complete(counted: Mapping[str, Any]) -> bool:
    """Every call that was to be dialed is accounted for, every answered one recorded, and nothing is open.

    What was taken away later, by rule or by order, was recorded; its tombstone is in the ledger.
    """
    settled = counted["present"] + sum(counted["absent"].values())
    is_all = counted["expected"] == settled and counted["of_answered"]["absent"] == 0
    return bool(is_all and counted["open"] == 0 and counted["open_incidents"] == 0)


async def _incidents(connection: AsyncConnection, start: datetime, end: datetime) -> dict[str, Any]:
    """Of that day or about its calls: how many of each kind, and the open ones by name."""
    about, is_open = about_day(start, end), incidents.c.closed_at.is_(None)
    kinds = select(incidents.c.kind, func.count().label("all"), func.count().filter(is_open).label("open"))
    rows = (await connection.execute(kinds.where(about).group_by(incidents.c.kind).order_by(incidents.c.kind))).all()
    named = (
        await connection.execute(select(incidents).where(about, is_open).order_by(incidents.c.id).limit(NAMED))
    ).all()
    listed = [
        {
            "id": row.id,
            "kind": row.kind,
            "subject": row.subject,
            "opened_at": moment(row.opened_at),
            "owned": row.owner_id is not None,
        }
        for row in named
    ]
    return {"kinds": {row.kind: {"all": row.all, "open": row.open} for row in rows}, "open": listed}


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    part.replace(path)
