"""Who sees a whole phone number. Pure."""

from collections.abc import Collection

from api.auth.roles import Role

SEE_NUMBERS = frozenset({Role.DATA_ENTRY_CLERK, Role.COMPLAINT_HANDLER})


def mask(number: str) -> str:
    """`+8613812341234` becomes `138****1234`; a shorter number keeps its last four digits, a very short one none."""
    digits = number.removeprefix("+86").removeprefix("+")
    if len(digits) >= 11:
        return f"{digits[:3]}****{digits[-4:]}"
    return f"****{digits[-4:]}" if len(digits) >= 7 else "****"


def shown(number: str, roles: Collection[Role]) -> str:
    """The number as a person with these roles may see it."""
    return number if SEE_NUMBERS.intersection(roles) else mask(number)
