"""Time stamps by another authority (RFC 3161): once an hour over the newest checkpoint's note, where one is named.

It says when a checkpoint was there at the latest, by a clock that is not ours. Nothing waits for it: one that is
away, slow or wrong costs its stamp.
"""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import structlog
from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from dialer.store.database import transaction
from recordings.checkpoints import newest
from recordings.errors import StampError
from recordings.tables import ledger_timestamps

EVERY = timedelta(hours=1)
LOOK_S = 60.0
ASK_S = 15.0
ANSWER_MAX = 64 * 1024  # bytes; a token with its certificates is some thousand
GRANTED = 0
QUERY = "application/timestamp-query"

log = structlog.get_logger(__name__)


class Stamping:
    """Asks one authority. `roots` are the certificates its own must lead to; without any only hashes are compared."""

    def __init__(self, engine: AsyncEngine, url: str, roots: list[x509.Certificate]) -> None:
        self._engine, self._url, self._roots = engine, url, roots

    async def run(self) -> None:
        """Looks each minute whether a stamp is due; whatever goes wrong is logged and tried again."""
        while self._url:
            try:
                await self.stamp_if_due()
            except Exception as error:
                words = str(error).partition("\n")[0] or type(error).__name__
                log.warning("no time stamp now, trying again", action="timestamp_failed", detail=words)
            await asyncio.sleep(LOOK_S)
        await asyncio.Event().wait()  # nobody to ask: a job of the worker never ends

    async def stamp_if_due(self) -> bool:
        """Whether a stamp was made. Raises StampError, httpx.HTTPError, TimeoutError, SQLAlchemyError."""
        async with self._engine.connect() as connection:
            kept, last = await newest(connection), await _last(connection)
        if kept is None or not is_due(kept.checkpoint.size, last, datetime.now(UTC)):
            return False
        note = kept.note.encode()
        async with asyncio.timeout(ASK_S):
            token, made_at = await self._ask(note)
        row = {"size": kept.checkpoint.size, "made_at": made_at, "authority": self._url, "token": token}
        async with transaction(self._engine) as connection:
            await connection.execute(insert(ledger_timestamps).values(row))
        log.info("time-stamped", action="timestamp", rows=kept.checkpoint.size)
        return True

    async def _ask(self, note: bytes) -> tuple[bytes, datetime]:
        builder = TimestampRequestBuilder().data(note).hash_algorithm(HashAlgorithm.SHA256)
        request = builder.cert_request(cert_request=True).build()
        async with httpx.AsyncClient(timeout=ASK_S, trust_env=False) as client:
            answer = await client.post(self._url, content=request.as_bytes(), headers={"Content-Type": QUERY})
        answer.raise_for_status()
        token = answer.content
        found = checked(token, note, self._roots)
        if found.tst_info.nonce != request.nonce:
            raise StampError("the authority answered another request")
        return token, found.tst_info.gen_time


def is_due(size: int, last: tuple[int, datetime] | None, now: datetime) -> bool:
    """Whether a checkpoint of this size is to be stamped, the last stamp being (size, time)."""
    return last is None or (size > last[0] and now - last[1] >= EVERY)


def checked(token: bytes, note: bytes, roots: list[x509.Certificate]) -> TimeStampResponse:
    """An authority's answer over a note. Raises StampError when it is none, or does not hold."""
    if len(token) > ANSWER_MAX:
        raise StampError(f"the authority's answer has {len(token)} bytes")
    try:
        found = decode_timestamp_response(token)
        if found.status != GRANTED:
            raise StampError(f"the authority refuses: status {found.status}")
        if found.tst_info.message_imprint.message != hashlib.sha256(note).digest():
            raise StampError("the stamp is over another text")
        if roots:
            builder = VerifierBuilder()
            for root in roots:
                builder = builder.add_root_certificate(root)
            builder.build().verify_message(found, note)
    except (ValueError, VerificationError) as error:
        raise StampError(f"the stamp does not hold: {error}") from error
    return found


def roots_in(path: str) -> list[x509.Certificate]:
    """The certificates of a PEM file; none without a path. Raises StampError when it cannot be read."""
    try:
        return x509.load_pem_x509_certificates(Path(path).read_bytes()) if path else []
    except (OSError, ValueError) as error:
        raise StampError(f"TIANZHOU_TSA_CA cannot be read: {path}") from error


async def _last(connection: AsyncConnection) -> tuple[int, datetime] | None:
    stamps = ledger_timestamps.c
    query = select(stamps.size, stamps.made_at).order_by(stamps.size.desc()).limit(1)
    row = (await connection.execute(query)).one_or_none()
    return (row.size, row.made_at) if row is not None else None
