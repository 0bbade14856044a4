"""Which prefixes may be entered, and who takes what back. Pure."""

import re
from collections.abc import Collection
from datetime import datetime

from api.auth.roles import Role

LEADING = frozenset({Role.MANAGER, Role.SUPERVISOR})
_CHINESE = re.compile(r"\+86[1-9]\d{1,9}", re.ASCII)  # two digits at the least: one would be a tenth of the country
_FOREIGN = re.compile(r"\+(?!86|8$)[1-9]\d{0,13}", re.ASCII)


def canonical_prefix(typed: str) -> str | None:
    """The prefix as numbers begin, or None: `170`, `0755`, `+86 10`, `+1900`."""
    digits = typed.replace(" ", "").replace("-", "")
    if not digits.startswith("+"):
        digits = "+86" + digits.removeprefix("0")
    is_one = _CHINESE.fullmatch(digits) or _FOREIGN.fullmatch(digits)
    return digits if is_one else None


def needs_another(asked: bool, roles: Collection[Role]) -> bool:
    """Whether a manager, and another person, must agree: always where the called person asked to be left alone."""
    return asked or LEADING.isdisjoint(roles)


def said_again(said_at: datetime | None, asked_at: datetime) -> bool:
    """Whether the person refused once more after somebody asked that the entry be taken back."""
    return said_at is not None and said_at > asked_at
