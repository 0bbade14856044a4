"""Draws the state machines from the tables that run them: `python -m tests.house.diagrams [--check]`.

The page is Mermaid inside Markdown, so a change of a table is a readable change of text; what a state means, in
English and Chinese, is written here, and a state without words is a fault.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from api.campaigns.rules import NEXT, State
from dialer.core import agent, attempt
from dialer.core.agent import AgentState
from dialer.core.attempt import AttemptState

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "states.md"
Table = Mapping[Any, Mapping[Any, StrEnum]]  # a Mapping's keys cannot be widened
Words = Mapping[str, tuple[str, str]]

HEAD = """\
# States

Drawn from the tables that the program runs by, with `python -m tests.house.diagrams`; `make check` fails when this
page and the tables differ. An arrow's text is the signal, or the order, that moves it. Signals that change nothing
are not drawn: Asterisk tells some things twice. A pair that is not in a table is refused.
"""

TAIL = """
## Recording 录音

A recording has no table of its own: it lies open in the spool while its call runs, and then `judge` in
`recordings/rules.py` decides once, from what is on disk, between *wait*, *present* and *absent*. Both ends are final
and each is a row of the ledger; every reason is listed in that file.
"""


@dataclass(frozen=True)
class Machine:
    """One table, where it begins, what its states mean, and a word on what the table does not show."""

    title: str
    source: str
    table: Table
    start: StrEnum
    words: Words
    beside: str


ATTEMPT_WORDS: Words = {
    "dialing": ("拨号中", "The attempt is written down and sent to the trunk; nothing was heard yet."),
    "ringing": ("振铃", "The far end says that the phone rings."),
    "waiting": ("等待坐席", "The customer answered and is recorded; an agent has two seconds to appear."),
    "connected": ("通话中", "Customer and agent are in one bridge."),
    "announcing": ("播放提示", "Nobody was free, or the recorder failed: the customer hears the message."),
    "closed": ("已结束", "Over, with a dial result and a reason; nothing changes it any more."),
}

AGENT_WORDS: Words = {
    "paused": ("小休", "Logged in and not taking calls, with a reason; may dial by hand."),
    "ready": ("就绪", "Waits for the next customer, the longest idle first."),
    "reserved": ("已预留", "Chosen for a customer, or dialing by hand; not joined yet."),
    "on_call": ("通话中", "In one bridge with a customer."),
    "wrap_up": ("话后处理", "The call is over; the disposition is due within the campaign's wrap-up time."),
    "logged_out": ("已签出", "The shift is over; the next one is a new session."),
}

CAMPAIGN_WORDS: Words = {
    "draft": ("草稿", "Made, and never started."),
    "running": ("运行中", "Its leads are dialed when every gate permits."),
    "paused": ("已暂停", "Nothing new is dialed; calls go on; it may be started again."),
    "draining": ("收尾中", "Stopping: nothing new is dialed, calls go on to their end, then it is stopped."),
    "stopped": ("已停止", "Over for good."),
}

MACHINES = (
    Machine(
        "Attempt 呼叫",
        "dialer/core/attempt.py",
        attempt.TRANSITIONS,
        AttemptState.DIALING,
        ATTEMPT_WORDS,
        "",
    ),
    Machine(
        "Agent 坐席",
        "dialer/core/agent.py",
        agent.TRANSITIONS,
        AgentState.PAUSED,
        AGENT_WORDS,
        "A pause wished during a call begins after its wrap-up: then `dispose` leads to paused. "
        "An agent who is paused with a call still in hand (`overdue`) owes its disposition and cannot get ready "
        "before giving it.",
    ),
    Machine(
        "Campaign 活动",
        "api/campaigns/rules.py",
        NEXT,
        State.DRAFT,
        CAMPAIGN_WORDS,
        "From draining to stopped goes the engine by itself, when none of the campaign's calls is left.",
    ),
)


def page() -> str:
    """The whole page. Raises KeyError for a state without words."""
    return HEAD + "".join(_section(machine) for machine in MACHINES) + TAIL


def diagram(machine: Machine) -> str:
    """One machine in Mermaid's language; signals between the same two states share an arrow."""
    arrows = (
        f"    {source} --> {target} : {', '.join(signals)}" for source, target, signals in _arrows(machine.table)
    )
    ends = (f"    {state} --> [*]" for state in machine.table if _is_last(machine.table, state))
    return "\n".join(("stateDiagram-v2", f"    [*] --> {machine.start}", *arrows, *ends))


def _arrows(table: Table) -> Iterator[tuple[StrEnum, StrEnum, list[StrEnum]]]:
    for source, row in table.items():
        targets = dict.fromkeys(target for target in row.values() if target is not source)
        for target in targets:
            yield source, target, [signal for signal, after in row.items() if after is target]


def _is_last(table: Table, state: StrEnum) -> bool:
    return all(after is state for after in table[state].values())


def _section(machine: Machine) -> str:
    rows = "\n".join(
        f"| `{state}` | {machine.words[state][0]} | {machine.words[state][1]} |" for state in machine.table
    )
    beside = f"\n{machine.beside}\n" if machine.beside else ""
    return (
        f"\n## {machine.title}\n\nThe table lies in `{machine.source}`.\n\n```mermaid\n{diagram(machine)}\n```\n"
        f"\n| State | 中文 | Meaning |\n|---|---|---|\n{rows}\n{beside}"
    )


def main(arguments: Sequence[str]) -> int:
    """Writes the page; with `--check` only compares: 0 the same, 1 different."""
    if list(arguments) != ["--check"]:
        PAGE.write_text(page())
        return 0
    if PAGE.exists() and PAGE.read_text() == page():
        return 0
    print("docs/states.md is not of these tables: run `python -m tests.house.diagrams` and commit it.")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
