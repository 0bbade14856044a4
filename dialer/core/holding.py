"""Who holds a number, and how it may pass on: double entry, so every move has two accounts. Pure.

Each number has one holder. A move takes it from one account and gives it to another, and is never changed: what was
wrong is put right by a counter-entry. So for each person received = used + returned + passed on + open, and what
does not agree is a difference, and is named.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Holder(StrEnum):
    """What kind of account has a number."""

    STOCK = "stock"  # the region's: the dialer calls by itself from here alone
    LEADER = "leader"  # drawn, not issued yet
    AGENT = "agent"  # issued; called by hand
    USED = "used"  # over
    BLOCKED = "blocked"  # over, and never called again


OVER = frozenset({Holder.USED, Holder.BLOCKED})
PERSONS = frozenset({Holder.LEADER, Holder.AGENT})


class MoveKind(StrEnum):
    """Why numbers pass from one account to another."""

    DRAW = "draw"
    ISSUE = "issue"
    TAKE_BACK = "take_back"
    RETURN = "return"
    TRANSFER = "transfer"
    USE = "use"  # a call, or what was said of it, ended it
    BLOCK = "block"
    UNDO = "undo"  # the counter-entry of another move
    CORRECT = "correct"  # somebody looked: the number is where it is, not where the moves said


class Account(NamedTuple):
    """One side of a move; `id` is the person's, and None where nobody's name stands for it."""

    holder: Holder
    id: str | None


STOCK = Account(Holder.STOCK, None)
UNDOABLE = frozenset({MoveKind.DRAW, MoveKind.ISSUE, MoveKind.TAKE_BACK, MoveKind.RETURN, MoveKind.TRANSFER})
_USED, _RETURNED, _PASSED = "used", "returned", "passed_on"
_FLOWS: Mapping[tuple[Holder, Holder], str] = {
    (Holder.LEADER, Holder.STOCK): _RETURNED,
    (Holder.LEADER, Holder.AGENT): _PASSED,
    (Holder.LEADER, Holder.LEADER): _PASSED,
    (Holder.AGENT, Holder.LEADER): _RETURNED,
    (Holder.AGENT, Holder.STOCK): _RETURNED,
    (Holder.AGENT, Holder.AGENT): _PASSED,
}


def ending(was: Account, now: Holder) -> MoveKind | None:
    """The move to be written when a call, or what was said of it, ends a number; None where nobody had it."""
    if was.holder not in PERSONS or now not in OVER:
        return None
    return MoveKind.USE if now is Holder.USED else MoveKind.BLOCK


def lent_again(kind: MoveKind, giver: Account, ended_by: str | None, redialed: str) -> Account | None:
    """Whose a number is again while a call is dialed anew, by its last move: his from whom that very call took it."""
    by_that_call = kind in (MoveKind.USE, MoveKind.BLOCK) and ended_by == redialed
    return giver if by_that_call else None


@dataclass(frozen=True)
class Entry:
    """So many numbers from one account to another; a counter-entry is said by `undoes` and counts against."""

    giver: Account
    taker: Account
    count: int
    undoes: bool = False


@dataclass(frozen=True)
class Sums:
    """What ever passed through a person's account."""

    received: int = 0
    used: int = 0
    returned: int = 0
    passed_on: int = 0

    def plus(self, name: str, count: int) -> "Sums":
        """With so many more under this name."""
        return Sums(**(self.__dict__ | {name: getattr(self, name) + count}))


@dataclass(frozen=True)
class Figures:
    """A person's account since its last close: `brought` was open then, `open` is held now."""

    brought: int
    received: int
    used: int
    returned: int
    passed_on: int
    open: int

    @property
    def difference(self) -> int:
        """How many numbers are missing; below zero: how many are too many."""
        return self.brought + self.received - self.used - self.returned - self.passed_on - self.open


def sums(entries: Iterable[Entry]) -> dict[Account, Sums]:
    """What passed through each person's account. A counter-entry takes away where the move it undoes has added."""
    found: dict[Account, Sums] = {}
    for entry in entries:
        giver, taker, count = entry.giver, entry.taker, entry.count
        if entry.undoes:
            giver, taker, count = taker, giver, -count
        if taker.holder in PERSONS:
            found[taker] = found.get(taker, Sums()).plus("received", count)
        if giver.holder in PERSONS:
            name = _USED if taker.holder in OVER else _FLOWS[giver.holder, taker.holder]
            found[giver] = found.get(giver, Sums()).plus(name, count)
    return found


def since(total: Sums, before: Sums, brought: int, held: int) -> Figures:
    """The account since a close at which the sums were `before` and `brought` numbers were open."""
    return Figures(
        brought=brought,
        received=total.received - before.received,
        used=total.used - before.used,
        returned=total.returned - before.returned,
        passed_on=total.passed_on - before.passed_on,
        open=held,
    )


def deal(have: int, wanted: list[int]) -> list[int]:
    """How many each gets of `have`, at most what is wanted: as even as can be, who comes first gets the odd one."""
    given = [0] * len(wanted)
    hungry = [n for n, most in enumerate(wanted) if most > 0]
    while have and hungry:
        share = max(1, have // len(hungry))
        for n in hungry:
            more = min(share, wanted[n] - given[n], have)
            given[n] += more
            have -= more
        hungry = [n for n in hungry if given[n] < wanted[n]]
    return given


def evenly(count: int, among: int) -> list[int]:
    """`count` in so many shares that differ by one at the most."""
    return [count // among + (n < count % among) for n in range(among)]
