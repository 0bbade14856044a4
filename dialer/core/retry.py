"""When a lead that a gate refused may be looked at again, and when a lost link is tried again."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from dialer.core.compliance import Refusal, RefusalReason

_REST: dict[RefusalReason, timedelta] = {
    RefusalReason.FREQUENCY_CAP: timedelta(hours=1),
    RefusalReason.STORE_DOWN: timedelta(seconds=5),
    RefusalReason.ASTERISK_DOWN: timedelta(seconds=5),
    RefusalReason.RECORDER_DOWN: timedelta(seconds=5),
    RefusalReason.DISK_RESERVE: timedelta(minutes=1),
    RefusalReason.TRUNK_FULL: timedelta(seconds=5),
    RefusalReason.STOPPING: timedelta(0),
    RefusalReason.CAMPAIGN_NOT_RUNNING: timedelta(0),
    RefusalReason.EMERGENCY_STOP: timedelta(0),
    RefusalReason.NOT_READY: timedelta(0),
}
REST_OTHERWISE = timedelta(days=1)


def next_look(refusal: Refusal, now: datetime) -> datetime | None:
    """When a refused lead is due again: when the refusal says, soon for the machine's reasons, else in a day.

    None: as before, for the refusal is about who asked, not about the number.
    """
    if refusal.reason is RefusalReason.NOT_ISSUED:
        return None
    if refusal.again_at is not None:
        return refusal.again_at
    return now + _REST.get(refusal.reason, REST_OTHERWISE)


def delays(first_s: float = 0.2, factor: float = 2.0, longest_s: float = 5.0) -> Iterator[float]:
    """Seconds to wait before each further try, growing to `longest_s`."""
    delay = first_s
    while True:
        yield delay
        delay = min(longest_s, delay * factor)
