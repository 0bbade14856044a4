"""Our pacing behind the contract: dicts in, the number of calls to place out."""

from typing import Any

from dialer.core.predictive.facts import Facts, Happened, Happening, Settings
from dialer.core.predictive.pacing import PredictivePacing
from dialer.simulation.contract import Decide, Snapshot

HAPPENINGS = {
    "answered": Happening.ANSWERED,
    "noanswer": Happening.UNANSWERED,
    "busy": Happening.FAILED,
    "pickup": Happening.PICKED_UP,
    "amd_machine": Happening.MACHINE,
    "abandoned": Happening.ABANDONED,
    "talk_end": Happening.TALK_ENDED,
    "wrap_end": Happening.WRAP_ENDED,
    "pause": Happening.PAUSED,
}


def pacing_factory(settings: dict[str, Any]) -> Decide:
    """Predictive pacing for one day. `decide(snapshot)`, called every half second, says how many calls to place."""
    pacing = PredictivePacing(settings_of(settings))

    def decide(snapshot: Snapshot) -> int:
        return pacing.decide(facts_of(snapshot), happened_in(snapshot)).lines

    return decide


def settings_of(settings: dict[str, Any]) -> Settings:
    """The contract's settings as the core's."""
    return Settings(
        limit=settings["abandon_limit"],
        window_s=settings["answer_window_s"],
        ring_s=settings["ring_timeout_s"],
        detects_machines=bool(settings.get("amd")),
    )


def facts_of(snapshot: Snapshot) -> Facts:
    """The contract's snapshot as the core's facts."""
    return Facts(
        at=snapshot["t"],
        day_left_s=snapshot["day_left"],
        idle=snapshot["n_idle"],
        talking=tuple(snapshot["talk"]),
        wrapping=tuple(snapshot["wrap"]),
        ringing=tuple(snapshot["ringing"]),
        screening=tuple(snapshot["amd"]),
        waiting=tuple(snapshot["waiting"]),
        answered=snapshot["answered"],
        abandoned=snapshot["abandoned"],
        trunks_free=int(snapshot["trunks_free"]),
        cps_room=int(snapshot["cps_tokens"]),
    )


def happened_in(snapshot: Snapshot) -> list[Happened]:
    """What the core learns from; the rest of the events (logins, connections) is in the snapshot itself."""
    known = ((HAPPENINGS.get(each[0]), each) for each in snapshot["events"])
    return [(kind, each[2] if len(each) > 2 else 0.0) for kind, each in known if kind is not None]
