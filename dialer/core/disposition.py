"""What an agent, or the network, says of a call when it is over: a code of the campaign's set, and what it means.

The set is the centre's to choose, the meanings are ours: what follows for the number is decided by them alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

OTHER = "other"  # what the system says when the agent does not
REDIALED = "redialed"  # and when he dials it again at once


class Meaning(StrEnum):
    """The closed list; seed lines in mission.md rows 10-14 and 54."""

    SUCCESS = "success"
    CONTACT = "contact"  # spoken to, and that is all
    REFUSAL = "refusal"  # never again: 13 ministries 2018
    OPT_OUT = "opt_out"  # asks to be left alone, or to leave a service
    CALLBACK = "callback"
    NOT_REACHED = "not_reached"
    MACHINE = "machine"
    WRONG_NUMBER = "wrong_number"
    NO_VOICE = "no_voice"
    CANNOT_HEAR = "cannot_hear"
    NUISANCE = "nuisance"
    OUT_OF_SCOPE = "out_of_scope"  # referred to 10010 or 10060
    DIALECT = "dialect"  # another agent should call
    ASK_SUPERVISOR = "ask_supervisor"


PROMISING = frozenset({Meaning.CALLBACK, Meaning.ASK_SUPERVISOR, Meaning.DIALECT})  # a time may go with it
ENDS_IT = frozenset({Meaning.REFUSAL, Meaning.OPT_OUT})  # the number goes on the do-not-call list
NOBODY_HEARD = frozenset({Meaning.NO_VOICE, Meaning.CANNOT_HEAR})  # the trunk may be at fault
NOT_SPOKEN = NOBODY_HEARD | {Meaning.NOT_REACHED, Meaning.MACHINE, Meaning.WRONG_NUMBER}


@dataclass(frozen=True)
class Retry:
    """When a number is tried again: after `delay_s`, until it was tried `most` times; None = as the campaign says.

    `other_number`: another number of the same person, where there is one.
    """

    delay_s: int | None = None
    most: int | None = None
    other_number: bool = False


@dataclass(frozen=True)
class Disposition:
    """One row of a set. `retry` None = final; `by_hand` false = the network's word, no agent gives it."""

    code: str
    meaning: Meaning
    text_zh: str
    text_en: str
    retry: Retry | None = None
    hotkey: str = ""
    digit: str = ""  # on the phone's keys
    by_hand: bool = True
    is_active: bool = True

    @property
    def on_dnc(self) -> bool:
        """Whether it puts the number on the do-not-call list of the whole centre."""
        return self.meaning in ENDS_IT


Dispositions = tuple[Disposition, ...]  # in the order in which they are shown
_M, _AGAIN, _DAY_S, _TRUNK = Meaning, Retry(), 86_400, Retry(delay_s=60, most=50)  # the trunk failed, not the lead

DEFAULT: Dispositions = (
    Disposition("sale", _M.SUCCESS, "成交", "Sale", hotkey="1", digit="1"),
    Disposition("refused", _M.REFUSAL, "拒绝", "Refused", hotkey="2", digit="2"),
    Disposition("callback", _M.CALLBACK, "约定回拨", "Callback", hotkey="3", digit="3"),
    Disposition("no_voice", _M.NO_VOICE, "无声", "No voice", Retry(_DAY_S, other_number=True), hotkey="4", digit="4"),
    Disposition("cannot_hear", _M.CANNOT_HEAR, "听不清", "Cannot hear", Retry(_DAY_S), hotkey="5", digit="5"),
    Disposition("machine", _M.MACHINE, "语音信箱", "Machine", _AGAIN, hotkey="6", digit="6"),
    Disposition("invalid_number", _M.WRONG_NUMBER, "空号", "Invalid number", hotkey="7", digit="7"),
    Disposition("nuisance", _M.NUISANCE, "骚扰", "Nuisance", hotkey="8", digit="8"),
    Disposition("dnc", _M.OPT_OUT, "要求勿扰", "Do not call", hotkey="9", digit="9"),
    Disposition("out_of_scope", _M.OUT_OF_SCOPE, "转介 10010/10060", "Referred to 10010/10060", hotkey="q"),
    Disposition("opt_out", _M.OPT_OUT, "要求退订业务", "Opt-out request", hotkey="w"),
    Disposition("dialect", _M.DIALECT, "方言，转派他人", "Dialect: another agent", Retry(1800, 3), hotkey="e"),
    Disposition("ask_supervisor", _M.ASK_SUPERVISOR, "要求与主管沟通", "Asks for a supervisor", hotkey="r"),
    Disposition("other", _M.CONTACT, "其他", "Other", hotkey="0", digit="0"),
    Disposition("no_answer", _M.NOT_REACHED, "无人接听", "No answer", _AGAIN),
    Disposition("busy", _M.NOT_REACHED, "占线", "Busy", _AGAIN),
    Disposition("rejected", _M.NOT_REACHED, "被拒接", "Rejected", _AGAIN, by_hand=False),
    Disposition("congestion", _M.NOT_REACHED, "线路拥塞", "Congestion", _TRUNK, by_hand=False),
    Disposition("failed", _M.NOT_REACHED, "线路故障", "Failed", _TRUNK, by_hand=False),
    Disposition("cancelled", _M.NOT_REACHED, "已取消", "Cancelled", _TRUNK, by_hand=False),
    Disposition("unknown", _M.NOT_REACHED, "结果不明", "Unknown", _AGAIN, by_hand=False),
    Disposition("redialed", _M.CONTACT, "立即重拨", "Redialed", by_hand=False),
)


def find(dispositions: Iterable[Disposition], code: str) -> Disposition | None:
    """The active one of that code which an agent may give, or None."""
    return next((row for row in dispositions if row.code == code and row.is_active and row.by_hand), None)


def of_system(dispositions: Iterable[Disposition], code: str) -> Disposition | None:
    """What the system says by itself: the set's own row of that code, else the centre's usual one."""
    return next((row for row in (*dispositions, *DEFAULT) if row.code == code), None)
