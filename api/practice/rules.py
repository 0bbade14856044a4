"""What a practice agent does next. Pure: what he sees goes in, one thing to do comes out."""

from dataclasses import dataclass
from enum import StrEnum

WEIGHTS = {
    "sale": 12,
    "refused": 45,
    "callback": 15,
    "machine": 6,
    "no_voice": 5,
    "cannot_hear": 3,
    "nuisance": 2,
    "dnc": 2,
    "other": 10,
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
