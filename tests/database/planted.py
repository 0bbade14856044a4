"""A file of numbers with faults that were put there on purpose, and what must become of each row."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from api.numbers.rules import RejectReason as R

BROKEN = {
    R.MALFORMED: ("1381234567", "无", "13 81 23 456", "138123456789"),
    R.ROUNDED: ("1.38E+10",),
    R.SHORT_NUMBER: ("110", "10010"),
    R.SERVICE_NUMBER: ("4008001234",),
    R.FOREIGN: ("+14155552671",),
    R.FORMULA: ("=1+1",),
    R.NO_NUMBER: ("",),
}
FORMS = ("{0}", "+86{0}", "86-{0}", "{0}.0", " {0} ")


@dataclass
class Planted:
    """`rows` of a file, made from a seed: which are leads, and why the others are none."""

    rows: int
    seed: int
    faulty: float = 0.1
    leads: set[str] = field(default_factory=set)
    rejects: Counter[tuple[int, str]] = field(default_factory=Counter)  # (row, reason)
    dnc: list[str] = field(default_factory=list)
    registered: list[str] = field(default_factory=list)
    in_campaign: list[str] = field(default_factory=list)
    in_centre: list[str] = field(default_factory=list)
    _highest: str = ""  # of the leads

    def __post_init__(self) -> None:
        chance = random.Random(self.seed)
        self._lines = [self._line(row, chance) for row in range(2, self.rows + 2)]

    def text(self) -> str:
        """The file as CSV."""
        return "\n".join(["姓名,手机号,备注", *self._lines, ""])

    def counts(self) -> dict[str, int]:
        """How many rejects of each reason."""
        return dict(Counter(reason for _row, reason in self.rejects.elements()))

    def _line(self, row: int, chance: random.Random) -> str:
        number = f"1{38 + row % 20 // 10 * 20}{row:08d}"
        if chance.random() >= self.faulty:
            self._accept(f"+86{number}")
            return f"客户{row},{chance.choice(FORMS).format(number)},普通"
        reason = chance.choice(list(R))
        for line in self._spoiled(reason, row, number, chance):
            self.rejects[(row, reason.value)] += 1
            return line
        self._accept(f"+86{number}")  # a reason that this file cannot have
        return f"客户{row},{number},普通"

    def _accept(self, number: str) -> None:
        self.leads.add(number)
        self._highest = max(self._highest, number)

    def _spoiled(self, reason: R, row: int, number: str, chance: random.Random) -> Iterator[str]:
        if reason in BROKEN:
            yield f"客户{row},{chance.choice(BROKEN[reason])},普通"
        elif reason is R.CONTROL_CHARACTER:
            yield f"客户\x1b{row},{number},普通"
        elif reason is R.CELL_TOO_LONG:
            yield f"{'长' * 2001},{number},普通"
        elif reason is R.TOO_MANY_COLUMNS:
            yield f"客户{row},{number}{',x' * 200}"
        elif reason is R.DUPLICATE_IN_FILE and self.leads:
            yield f"又,{self._highest},重复"
        else:
            known = {R.DNC: self.dnc, R.REGISTERED: self.registered}
            known |= {R.DUPLICATE_IN_CAMPAIGN: self.in_campaign, R.DUPLICATE_IN_CENTRE: self.in_centre}
            if reason in known:
                known[reason].append(f"+86{number}")
                yield f"客户{row},{number},普通"
