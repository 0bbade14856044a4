"""Leads of the store in memory, each with its holder, as `number_moves.py` keeps them in PostgreSQL."""

from dataclasses import dataclass

from dialer.core.holding import OVER, PERSONS, Account, Holder, ending, lent_again
from dialer.core.ids import AttemptId
from dialer.core.recycle import LeadState
from dialer.core.selection import LeadList, LeadView
from dialer.ports import Lease

_ENDS = {LeadState.DONE: Holder.USED, LeadState.BLOCKED: Holder.BLOCKED}


@dataclass(frozen=True)
class ListRow:
    """A list as kept here."""

    about: LeadList
    is_active: bool = True


@dataclass
class LeadRow:
    """A lead as kept here; `taken_from` is the person from whom the call `taken_in` took it, when that was last."""

    view: LeadView
    number: str
    consent_basis: str | None = None  # with its source and proof
    attempts: int = 0
    reason: str | None = None
    claim: Lease | None = None
    person_id: str | None = None
    region: str = ""
    holder: str = "stock"
    holder_id: str | None = None
    taken_from: Account | None = None
    taken_in: AttemptId | None = None

    def pass_on(self, state: LeadState, call_id: AttemptId) -> None:
        """Who has the number once a call, or what was said of it, left it in that state."""
        was, now = Account(Holder(self.holder), self.holder_id), _ENDS.get(state)
        if now is not None:
            if was.holder in PERSONS:
                self.taken_from, self.taken_in = was, call_id
            self.holder, self.holder_id = now.value, None
        elif was.holder in OVER:
            self._hold(self.taken_from or Account(Holder.STOCK, None))

    def lent_again(self, redialed: AttemptId | None) -> tuple[str, str | None]:
        """Holder and person while that call is dialed anew; None or another call: as they are."""
        last = self.taken_from
        kind = ending(last, Holder(self.holder)) if last else None
        lent = lent_again(kind, last, self.taken_in, redialed) if kind and last and redialed else None
        return (lent.holder.value, lent.id) if lent else (self.holder, self.holder_id)

    def _hold(self, account: Account) -> None:
        self.holder, self.holder_id, self.taken_from = account.holder.value, account.id, None


def same_person(row: LeadRow, other: LeadRow) -> bool:
    """Whether they are two numbers of one person in one campaign."""
    same = (row.person_id, row.view.campaign_id) == (other.person_id, other.view.campaign_id)
    return same and row.person_id is not None and row is not other
