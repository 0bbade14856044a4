"""Whose calls a person may see or end. Pure."""

from collections.abc import Collection

from api.auth.roles import Role

SEE_ALL = frozenset(
    {
        Role.MANAGER,
        Role.SUPERVISOR,
        Role.TEAM_LEADER,
        Role.QA_SUPERVISOR,
        Role.QA_INSPECTOR,
        Role.COMPLAINT_HANDLER,
        Role.AUDITOR,
    }
)
END_ANY = frozenset({Role.MANAGER, Role.SUPERVISOR})


def own_calls_only(roles: Collection[Role]) -> bool:
    """Whether the person sees nobody's calls and recordings but his own."""
    return SEE_ALL.isdisjoint(roles)


def may_end_any(roles: Collection[Role]) -> bool:
    """Whether the person may hang up another's call."""
    return not END_ANY.isdisjoint(roles)
