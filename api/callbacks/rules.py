"""Whose callbacks a person sees and changes. Pure."""

from collections.abc import Collection
from enum import StrEnum

from api.auth.roles import Role

LEADING = frozenset({Role.MANAGER, Role.SUPERVISOR, Role.TEAM_LEADER})


class Which(StrEnum):
    """Which callbacks to list; `all` is for who leads."""

    MINE = "mine"
    TEAM = "team"  # of no agent
    OVERDUE = "overdue"
    ALL = "all"


def leads(roles: Collection[Role]) -> bool:
    """Whether the person sees and changes every agent's callbacks, not his own and the team's alone."""
    return not LEADING.isdisjoint(roles)


def may_change(roles: Collection[Role], who_id: str, agent_id: str | None, to_agent_id: str | None) -> bool:
    """An agent changes his own, takes one of the team, and gives his own to the team, to nobody else."""
    return leads(roles) or (agent_id in (who_id, None) and to_agent_id in (who_id, None))
