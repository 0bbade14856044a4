"""The shape of a number that may be dialed: canonical E.164 of mainland China.

Mobiles +86 1[3-9] and nine digits; fixed lines +86, area code without its zero, seven or eight digits
(reliability.md §1). Emergency and service numbers can never match.
"""

import re

MOBILE = re.compile(r"\+861[3-9]\d{9}", re.ASCII)
FIXED = re.compile(r"\+86(10|2\d|(?!400|800)[3-9]\d{2})\d{7,8}", re.ASCII)


def is_canonical(number: str) -> bool:
    """Whether the text is a canonical number we may dial."""
    return bool(MOBILE.fullmatch(number) or FIXED.fullmatch(number))


def canonical(text: str) -> str | None:
    """The canonical form of what a person typed (spaces and dashes allowed), or None."""
    digits = text.replace(" ", "").replace("-", "")
    if digits.startswith("+"):
        candidate = digits
    elif digits.startswith("0") and not digits.startswith("00"):
        candidate = "+86" + digits[1:]
    else:
        candidate = "+86" + digits
    return candidate if digits.isascii() and is_canonical(candidate) else None


def national(number: str) -> str:
    """What is sent to the trunk: 11 digits of a mobile, a fixed line with its leading zero."""
    rest = number.removeprefix("+86")
    return rest if MOBILE.fullmatch(number) else "0" + rest


def mask(number: str) -> str:
    """`+8613812341234` becomes `138****1234`; a shorter number keeps its last four digits, a very short one none."""
    digits = number.removeprefix("+86").removeprefix("+")
    if len(digits) >= 11:
        return f"{digits[:3]}****{digits[-4:]}"
    return f"****{digits[-4:]}" if len(digits) >= 7 else "****"
