"""Ways to pace that others use, written from their public description (pacing.md §3, §4), to be compared with."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from dialer.simulation.contract import Decide, Snapshot
from dialer.simulation.day import Way
from dialer.simulation.floor import Floor

ROUND_S, SAMPLE_S, LEVEL_S, DROP_S = 2.5, 1.0, 15.0, 60.0
SAMPLES = 15


def in_air(snapshot: Snapshot) -> int:
    """Calls that have no agent yet."""
    return len(snapshot["ringing"]) + len(snapshot["amd"]) + len(snapshot["waiting"])


def progressive(_floor: Floor) -> Decide:
    """One line for each free agent."""
    return lambda snapshot: max(0, snapshot["n_idle"] - in_air(snapshot))


def ratio(lines_per_agent: float) -> Way:
    """So many lines for each free agent (power dialing)."""

    def way(_floor: Floor) -> Decide:
        return lambda snapshot: max(0, round(lines_per_agent * snapshot["n_idle"]) - in_air(snapshot))

    return way


class Brake(StrEnum):
    """What VICIdial does when the day's drops pass the limit."""

    HARD_LIMIT = "hard_limit"
    AVERAGE = "average"
    TAPERED = "tapered"


@dataclass
class AdaptiveLevel:
    """One number for the campaign, lines per agent: it follows the mean of idle agents, and is cut past the limit.

    `drop_limit`: the drop percentage allowed; `latest_h`: the hour at which the taper ends. Only ready agents are
    counted (available-only tally), which is the tuning that stays lawful.
    """

    brake: Brake
    drop_limit: float = 0.027
    most: float = 3.0
    latest_h: float = 17.0
    level: float = 1.0
    samples: deque[tuple[int, int, int]] = field(default_factory=lambda: deque(maxlen=SAMPLES))
    next_round: float = 0.0
    next_sample: float = 0.0
    next_level: float = LEVEL_S
    next_drop: float = DROP_S
    share_dropped: float = 0.0
    answered: int = 0
    minute: tuple[int, int] = (0, 0)
    before: tuple[int, int] = (0, 0)

    def decide(self, snapshot: Snapshot) -> int:
        """New calls, at most every 2.5 s; the level is looked at every 15 s, drops every minute."""
        now = snapshot["t"]
        if now >= self.next_sample:
            self.next_sample = now + SAMPLE_S
            self.samples.append((snapshot["n_idle"], len(snapshot["waiting"]), _logged_in(snapshot)))
        if now >= self.next_drop:
            self.next_drop = now + DROP_S
            self._count_drops(snapshot)
        if now >= self.next_level:
            self.next_level = now + LEVEL_S
            self._adapt(snapshot["clock"])
        if now < self.next_round:
            return 0
        self.next_round = now + ROUND_S
        wanted: int = round(self.level * snapshot["n_idle"]) - in_air(snapshot)
        return max(0, wanted)

    def _count_drops(self, snapshot: Snapshot) -> None:
        answered, dropped = snapshot["answered"], snapshot["abandoned"]
        self.minute = answered - self.before[0], dropped - self.before[1]
        self.before, self.answered = (answered, dropped), answered
        self.share_dropped = dropped / max(1, answered)

    def _adapt(self, clock: float) -> None:
        idle, waiting, there = (sum(column) / len(self.samples) for column in zip(*self.samples, strict=True))
        if there:
            self.level = min(self.most, max(1.0, self.level * (1 + (idle - waiting) / there)))
        calls, drops = self.minute
        if calls > 20 and drops > calls / 2:
            self.level /= 2
        if self.answered > 50 and self.share_dropped > self.drop_limit:
            self.level *= self._cut(clock)
        self.level = max(1.0, self.level)

    def _cut(self, clock: float) -> float:
        match self.brake:
            case Brake.HARD_LIMIT:
                return 0.0
            case Brake.AVERAGE:
                return 0.5
            case Brake.TAPERED:
                return min(1.0, max(0.0, (_hhmm(self.latest_h) - _hhmm(clock)) / 1000)) or 1.0


def _logged_in(snapshot: Snapshot) -> int:
    there: int = snapshot["n_logged_in"] + snapshot["n_paused"]
    return there


def _hhmm(hour: float) -> float:
    """A clock as VICIdial's arithmetic sees it: 1330 for half past one."""
    return int(hour) * 100 + hour % 1 * 60


def adaptive(brake: Brake) -> Way:
    """VICIdial's level, with this brake."""

    def way(floor: Floor) -> Decide:
        limit = float(floor.day.limit) * 0.9
        return AdaptiveLevel(brake, limit, latest_h=9 + floor.day.hours).decide

    return way


WAYS: dict[str, Callable[[Floor], Decide]] = {
    "progressive": progressive,
    "ratio 1.5": ratio(1.5),
    "VICIdial hard limit": adaptive(Brake.HARD_LIMIT),
    "VICIdial average": adaptive(Brake.AVERAGE),
    "VICIdial tapered": adaptive(Brake.TAPERED),
}
