"""Who sees a whole phone number where the ledger has said so before; on a screen nobody does until he asks. Pure."""

from collections.abc import Collection

from api.auth.roles import Role
from dialer.core.numbers import mask

SEE_NUMBERS = frozenset({Role.DATA_ENTRY_CLERK, Role.COMPLAINT_HANDLER})


def shown(number: str, roles: Collection[Role]) -> str:
    """The number as a person with these roles may see it."""
    return number if SEE_NUMBERS.intersection(roles) else mask(number)
