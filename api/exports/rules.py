"""What a list that is taken away may hold, and how it is made safe to open. Pure."""

from collections.abc import Collection

from api.auth.roles import Role
from api.masking import SEE_NUMBERS

ROWS_MAX = 1_048_575  # what a sheet of Excel holds below its head; a CSV of more would be opened cut off
# reliability.md §1: whose figures are of all, and who answers for recordings
WITH_PERSONS = frozenset({Role.MANAGER, Role.SUPERVISOR, Role.QA_SUPERVISOR, Role.AUDITOR})
EXPORTERS = WITH_PERSONS | {Role.STATISTICIAN}  # his list is without persons

# a program for sheets takes such a text for a formula (OWASP), some of them the full-width ones too
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BLANK = " \u00a0\u3000\u200b\ufeff"  # some programs skip these first


def sees_persons(roles: Collection[Role]) -> bool:
    """Whether the file may name agents and show numbers, masked or not."""
    return not WITH_PERSONS.isdisjoint(roles)


def numbers_shown(roles: Collection[Role]) -> str:
    """How much of a number the file holds, as its ledger row says it."""
    if not sees_persons(roles):
        return "none"
    return "masked" if SEE_NUMBERS.isdisjoint(roles) else "whole"


def is_dangerous(text: str) -> bool:
    """Whether a program for sheets may take the text for more than a text."""
    return text.startswith(DANGEROUS) or text.lstrip(BLANK).startswith(DANGEROUS)


def safe(text: str) -> str:
    """The text with the apostrophe before it that makes it one."""
    return f"'{text}" if is_dangerous(text) else text
