"""Who may pass whose numbers, how many, and why fewer. Pure."""

from collections.abc import Collection, Sequence

from api.auth.roles import Role
from api.numbers.ledger_schemas import WhyShort
from dialer.core.holding import deal, evenly

COMMANDING = frozenset({Role.MANAGER, Role.SUPERVISOR})
SEEING_ALL = COMMANDING | {Role.STATISTICIAN, Role.AUDITOR, Role.DATA_ENTRY_CLERK, Role.BUSINESS_SUPERVISOR}


def commands_leaders(roles: Collection[Role]) -> bool:
    """Whether the person may order in the name of any leader."""
    return not COMMANDING.isdisjoint(roles)


def sees_all(roles: Collection[Role]) -> bool:
    """Whether the person sees every team's numbers, not his own and his agents' alone."""
    return not SEEING_ALL.isdisjoint(roles)


def room(quota: int, open_now: int, asked: int) -> int:
    """How many more numbers a team may get."""
    return max(0, min(asked, quota - open_now))


def why_short(asked: int, allowed: int, moved: int, named: bool = False) -> WhyShort | None:
    """Why fewer numbers came than were asked for; None = all came."""
    if moved >= asked:
        return None
    if moved >= allowed:
        return WhyShort.QUOTA
    return WhyShort.BUSY if named else WhyShort.STOCK


def wanted(agents: int, each: int | None, total: int) -> list[int]:
    """How many each agent is to get: `each` so many, else `total` shared evenly."""
    return [each] * agents if each is not None else evenly(total, agents)


def share(lead_ids: Sequence[str], shares: list[int]) -> list[list[str]]:
    """The numbers in hand dealt out by what each is to get; when there are too few, as evenly as can be."""
    given, at = [], 0
    for count in deal(len(lead_ids), shares):
        given.append(list(lead_ids[at : at + count]))
        at += count
    return given
