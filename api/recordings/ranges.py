"""Which bytes a Range header asks for (RFC 9110 §14.2): exactly one range, read in linear time. Pure.

Starlette's reader was quadratic on this header (CVE-2025-62727); a header longer than HEADER_MAX is refused unread.
"""

from dataclasses import dataclass

HEADER_MAX = 100
DIGITS_MAX = 15  # a petabyte
UNIT = "bytes="


@dataclass(frozen=True)
class Span:
    """Bytes start..end-1; never empty."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """How many bytes."""
        return self.end - self.start


class BadRange(ValueError):
    """The range cannot be given; the text says why."""


def parse(header: str | None, size: int) -> Span | None:
    """The asked span of a file of `size` bytes; None = the whole of it. Raises BadRange.

    A unit that we do not know is ignored, as the RFC demands; several ranges are refused.
    """
    if header is None or "=" not in header[:HEADER_MAX] or not header.lower().startswith(UNIT):
        return None
    if len(header) > HEADER_MAX or "," in header:
        raise BadRange("One range at a time, as in bytes=0-1023.")
    first, dash, last = header[len(UNIT) :].strip(" \t").partition("-")
    if not dash or not (first or last):
        raise BadRange("A range is bytes=first-last, bytes=first- or bytes=-length.")
    return _suffix(_number(last), size) if not first else _from(_number(first), last, size)


def _suffix(length: int, size: int) -> Span:
    if length == 0 or size == 0:
        raise BadRange("An empty range cannot be given.")
    return Span(max(0, size - length), size)


def _from(start: int, last: str, size: int) -> Span:
    end = _number(last) + 1 if last else size
    if last and end <= start:
        raise BadRange("The range ends before it begins.")
    if start >= size:
        raise BadRange("The range begins behind the end.")
    return Span(start, min(end, size))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > DIGITS_MAX:
        raise BadRange("A range holds plain decimal numbers.")
    return int(text)
