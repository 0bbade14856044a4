"""How a campaign treats its customers and agents, as far as the floor asks."""

from dataclasses import dataclass

from dialer.core.disposition import DEFAULT, Dispositions


@dataclass(frozen=True)
class Manners:
    """`priority` 0 to 100, higher first; `wrap_up_s` seconds until the system ends a wrap-up; `window_s` seconds that
    an answered customer waits for an agent at most, None = the centre's.
    """

    priority: int = 50
    wrap_up_s: int = 60
    disposition_required: bool = True
    dispositions: Dispositions = DEFAULT
    window_s: float | None = None
