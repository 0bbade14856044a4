"""One more call: if it is answered, will it find an agent in time?

At the moment h of a possible answer, agents free by h + window less customers who came before it are a sum of
independent yes-or-no terms, one for each busy agent and each call in the air, each with its own chance. The law of
the sum is exact, by its generating function on the unit circle; the window of values around its mean decides how
many points that takes. Dialing while the loss is at most a price is optimal to within 0.2 % (pacing.md, results 2).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dialer.core.predictive.durations import Array

Complex = NDArray[np.complex128]
SIGMAS = 7.0  # the window of values that is looked at, to either side of the mean
SMALLEST, LARGEST = 16, 1024


@dataclass(frozen=True)
class Prospect:
    """What may happen until each moment of an answer (columns): `free` for each busy agent (rows), `answered` for
    each call in the air, `mine` for a call placed now; `weight`: how likely its answer comes then, given one.
    """

    idle: int
    free: Array
    answered: Array
    mine: Array
    weight: Array


def losses(prospect: Prospect, most: int) -> Array:
    """The chance to lose the 1st, 2nd, ... `most`th call placed now, if answered; each knows of those before it."""
    lowest, size = _window(prospect, most)
    angles = np.linspace(0.0, np.pi, size // 2 + 1)
    circle = np.exp(1j * angles)
    values = _product(prospect.free, circle - 1) * _product(prospect.answered, circle.conj() - 1)
    values *= np.exp(1j * angles * prospect.idle) * prospect.weight[:, None]
    values *= _counted(np.clip(1 - lowest, 0, size), angles, size)
    own = 1 + prospect.mine[:, None] * (circle.conj() - 1)
    found = []
    for _ in range(most):
        found.append(float(values.real.sum()))
        values *= own
    return np.array(found)


def _window(prospect: Prospect, most: int) -> tuple[Array, int]:
    """For each moment the lowest value looked at, and how many values: nearly all that can happen lies within."""
    free, answered, mine = prospect.free, prospect.answered, prospect.mine
    mean = prospect.idle + free.sum(axis=0) - answered.sum(axis=0) - mine * (most - 1) / 2
    variance = (free * (1 - free)).sum(axis=0) + (answered * (1 - answered)).sum(axis=0)
    reach = SIGMAS * float(np.sqrt((variance + most * mine * (1 - mine)).max())) + float(mine.max()) * most / 2
    size = SMALLEST
    while size < 2 * reach + 6 and size < LARGEST:
        size *= 2
    return np.floor(mean) - size // 2 + 1, size


def _product(chances: Array, turned: Complex) -> Complex:
    """The generating function of a sum of such terms, at each moment (rows) and point (columns)."""
    product: Complex = np.multiply.reduce(1 + chances[:, :, None] * turned, axis=0)
    return product


def _counted(values: Array, angles: Array, size: int) -> Complex:
    """What each point (columns) counts in the chance of the `values` (rows) values up to zero; half the circle does,
    for the laws are real: points inside it count twice.
    """
    turns = np.exp(1j * np.outer(values, angles))
    turns[:, 1:] = (turns[:, 1:] - 1) / (np.exp(1j * angles[1:]) - 1)
    turns[:, 0] = values
    twice = np.full(len(angles), 2.0 / size)
    twice[0] = twice[-1] = 1.0 / size
    counted: Complex = turns * twice
    return counted
