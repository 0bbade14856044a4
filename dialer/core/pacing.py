"""How many calls to place now. Progressive: one line for each agent who is ready."""

from dataclasses import dataclass
from enum import StrEnum


class PacingReason(StrEnum):
    """What bounded the number."""

    NO_AGENT_READY = "no_agent_ready"
    LINES_IN_FLIGHT = "lines_in_flight"
    TRUNK_CHANNELS = "trunk_channels"
    ONE_PER_AGENT = "one_per_agent"


@dataclass(frozen=True)
class PacingFacts:
    """`in_flight`: automatic calls of the campaign dialing, ringing or waiting."""

    available: int
    in_flight: int
    trunk_free: int


@dataclass(frozen=True)
class Pacing:
    """Place `count` calls, because."""

    count: int
    reason: PacingReason
    facts: PacingFacts


def progressive(facts: PacingFacts) -> Pacing:
    """One line per ready agent, less the lines already in flight, within the trunk's free channels."""
    if facts.available == 0:
        return Pacing(0, PacingReason.NO_AGENT_READY, facts)
    wanted = facts.available - facts.in_flight
    if wanted <= 0:
        return Pacing(0, PacingReason.LINES_IN_FLIGHT, facts)
    if facts.trunk_free < wanted:
        return Pacing(max(0, facts.trunk_free), PacingReason.TRUNK_CHANNELS, facts)
    return Pacing(wanted, PacingReason.ONE_PER_AGENT, facts)
