"""A trunk's limits: calls per second and channels at once."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Pacer:
    """A CPS limit. `free_at` is the monotonic second from which the next call may go out."""

    cps: float
    free_at: float = 0.0


def take(pacer: Pacer, now_s: float) -> tuple[Pacer, float]:
    """Books the next slot: the pacer after it and the second at which the call may go out (>= now_s)."""
    slot = max(pacer.free_at, now_s)
    return replace(pacer, free_at=slot + 1 / pacer.cps), slot


def free_channels(limit: int, used: int) -> int:
    """Channels left on a trunk; never negative."""
    return max(0, limit - used)
