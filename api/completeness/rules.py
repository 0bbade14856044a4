"""Why a call has no settled recording yet. Pure."""

from datetime import datetime, timedelta

from api.completeness.schemas import WhyOpen

# the worker waits 10 s for files and 5 s for a last write, then encodes and verifies; two hours of talk take 20 s
SETTLED_WITHIN = timedelta(seconds=60)


def why_open(ended_at: datetime | None, now: datetime) -> WhyOpen:
    """Why a call without a recordings row is open."""
    if ended_at is None:
        return WhyOpen.IN_AIR
    return WhyOpen.SETTLING if now - ended_at <= SETTLED_WITHIN else WhyOpen.LATE
