"""What a country's rules say before anybody sets anything. A centre's settings may only be tighter.

A lawyer must confirm them (reliability.md §4). Sources:
- CN: rest hours are to be avoided (13 ministries 2018; MIIT 2020-06-18); no calls 21:00-09:00 is the strictest sector
  rule, of insurance by phone 2013. Mobiles 1[3-9] and fixed lines with area code; service and short numbers are none.
- US: 08:00-21:00 at the called place (16 CFR 310.4(c); 47 CFR 64.1200(c)(1)). NANP numbers of the fifty states and
  Puerto Rico; 900 and 976 cost the called person money, N11 are services.
- UK: no hours by statute; 09:00-20:00 is the direct-marketing industry's usual. 01, 02, 03 and 07 numbers; 09 and
  084/087 are premium, 070 and 076 are personal numbers and pagers (Ofcom's National Telephone Numbering Plan).
- all: 72 hours without a machine's call after an abandoned one (Ofcom 2010; kept although the 2017 text drops it).
- practice: the made-up customers of the practice floor, reached by the trunk `practice`, or one named `practice-...`.
"""

import re
from dataclasses import dataclass
from datetime import time

from dialer.core.calendar import WHOLE_DAY, Calendar
from dialer.core.numbers import is_canonical

PRACTICE = "practice"
_US_NUMBER = re.compile(
    r"\+1(?!900|976|[2-9]11|670|671|684|340|8(?:00|33|44|55|66|77|88))[2-9]\d{2}(?!976|[2-9]11)[2-9]\d{6}"
)
_UK_NUMBER = re.compile(r"\+44(?:1\d{8,9}|2\d{9}|3\d{9}|7(?!0|6)\d{9})")
_US_ZONES = (
    *("America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles"),
    *("America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico"),
)


@dataclass(frozen=True)
class Preset:
    """A country's rules: its places, their hours, and the numbers that may be dialed at all."""

    name: str
    zones: tuple[str, ...]
    calendar: Calendar
    numbers: re.Pattern[str] | None  # None = canonical numbers of mainland China

    def may_reach(self, number: str) -> bool:
        """Whether a number of this form may be dialed: no premium, international, emergency or short one."""
        if self.numbers is None:
            return is_canonical(number)
        return number.isascii() and self.numbers.fullmatch(number) is not None


CN = Preset("CN", ("Asia/Shanghai",), Calendar(((time(9), time(12)), (time(14), time(21)))), None)
US = Preset("US", _US_ZONES, Calendar(((time(8), time(21)),)), _US_NUMBER)
UK = Preset("UK", ("Europe/London",), Calendar(((time(9), time(20)),)), _UK_NUMBER)
_PRACTICE = Preset(PRACTICE, ("Asia/Shanghai",), Calendar(WHOLE_DAY), None)
PRESETS = {each.name: each for each in (CN, US, UK)}


def preset_of(name: str, trunk: str) -> Preset:
    """The campaign's preset; China's where the name is not known, or is practice's on a trunk that reaches people."""
    if name == PRACTICE and (trunk == PRACTICE or trunk.startswith(f"{PRACTICE}-")):
        return _PRACTICE
    return PRESETS.get(name, CN)
