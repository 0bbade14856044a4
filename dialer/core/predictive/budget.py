"""The price of an abandon: which chance of losing a call is worth taking now, so that the day ends within its limit.

What is left of the day's budget is spent evenly over the answers still expected. A call is placed when its own
chance of being lost is at most the price; what is lost then on the whole differs by a factor that is measured.
A running guard at the limit instead would stop and go, and costs 2 to 6 points of talk (pacing.md, results 3).
"""

import math
from dataclasses import dataclass

CERTAIN = 0.92  # the share of the expected answers that is counted on: a day may end early
SOON, SOON_RESERVE = 0.5, 0.5  # half of the next hour's answers: half the team may go home, and the day ends lawful
RESERVE, BURST = 1.0, 0.5  # abandons kept back: a step over the limit, and (by the root of the agents) a last burst
MOST = 2.0  # times the limit: what was saved is not thrown away in the last minutes
HIGHEST_PRICE = 0.6
PRIOR_FACTOR = 1.2  # lost, as a share of the price, before anything is known
PRIOR_LOST = 6.0  # how many losses that belief is worth
MEMORY = 40.0  # losses after which an old one counts 1/e


@dataclass(frozen=True)
class Spending:
    """The day so far: people who answered, those of them abandoned; answers expected until it ends, and in an hour at
    most; agents here.
    """

    limit: float
    answered: int
    abandoned: int
    expected: float
    soon: float
    agents: int = 0

    def allowed(self) -> float:
        """The share of the coming answers that may be abandoned (0..1); 0 = the budget is spent."""
        reserve = RESERVE + BURST * math.sqrt(self.agents)
        day = self._share(CERTAIN * self.expected, reserve)
        return min(day, self._share(SOON * self.soon, SOON_RESERVE), MOST * self.limit)

    def _share(self, counted_on: float, reserve: float) -> float:
        """What may be lost of so many answers to come, when so much is kept back."""
        left = self.limit * (self.answered + counted_on) - self.abandoned - reserve
        return left / counted_on if left > 0 and counted_on > 0 else 0.0


@dataclass
class Calibration:
    """How much is lost in truth at a price: losses, over the prices at which the answered calls were let through."""

    lost: float = PRIOR_LOST
    asked: float = PRIOR_LOST / PRIOR_FACTOR

    def answered(self, price: float) -> None:
        """A person answered while this was the price."""
        self.asked += price

    def abandoned(self) -> None:
        """One was lost."""
        fade = 1 - 1 / MEMORY
        self.lost, self.asked = self.lost * fade + 1, self.asked * fade

    def price(self, allowed: float) -> float:
        """The price at which the share `allowed` is lost on the whole."""
        return min(allowed * self.asked / self.lost, HIGHEST_PRICE)
