"""What a practice agent does next. Pure: what he sees goes in, one thing to do comes out."""

from dataclasses import dataclass
from enum import StrEnum

from dialer.core.disposition import Disposition

WEIGHTS = {
    Disposition.SALE: 12,
    Disposition.REFUSED: 45,
    Disposition.CALLBACK: 15,
    Disposition.MACHINE: 6,
    Disposition.NO_VOICE: 5,
    Disposition.CANNOT_HEAR: 3,
    Disposition.NUISANCE: 2,
    Disposition.DNC: 2,
    Disposition.OTHER: 10,
}
THINKING_S = (1.0, 4.0)


class Deed(StrEnum):
    """What there is to do."""

    START = "start"
    GET_READY = "get_ready"
    DISPOSE = "dispose"
    END = "end"
    WAIT = "wait"


@dataclass(frozen=True)
class Seen:
    """An agent's view: `state` None = no session; `call_id` = call in hand; `disposed_id` = the last one settled."""

    is_wanted: bool
    state: str | None
    call_id: str | None = None
    disposed_id: str | None = None


def next_deed(seen: Seen) -> Deed:
    """Start when wanted, leave when not (never in a call), settle each call once, and be ready otherwise."""
    if seen.state is None:
        return Deed.START if seen.is_wanted else Deed.WAIT
    if seen.state in ("wrap_up", "paused") and seen.call_id is not None and seen.call_id != seen.disposed_id:
        return Deed.DISPOSE
    if seen.state not in ("paused", "ready"):
        return Deed.WAIT
    if not seen.is_wanted:
        return Deed.END
    return Deed.GET_READY if seen.state == "paused" else Deed.WAIT
