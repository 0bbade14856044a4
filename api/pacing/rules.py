"""Rates as the laws count them, and why a campaign dials as it does, in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

FRESH_S = 6.0  # what a dialer told longer ago is not how it stands now


@dataclass(frozen=True)
class Count:
    """Automatic calls of a span: people who answered, of them joined to an agent, of them abandoned."""

    answered: int
    connected: int
    abandoned: int


def tsr(count: Count) -> float | None:
    """Abandoned of all that a person answered (16 CFR 310.4(b)(4); 47 CFR 64.1200(a)(7)); None = nobody answered."""
    return count.abandoned / count.answered if count.answered else None


def ofcom(count: Count) -> float | None:
    """Abandoned of abandoned and passed to an agent (Ofcom 2010 §4.70, without machine detection)."""
    live = count.abandoned + count.connected
    return count.abandoned / live if live else None


@dataclass(frozen=True)
class Cause:
    """One reason why it dials as it does, in both languages."""

    reason: str
    en: str
    zh: str


WORDS: Mapping[str, tuple[str, str]] = {
    "no_agent_ready": (
        "No agent is ready: {talking} in calls, {wrapping} in wrap-up, {paused} paused.",
        "没有就绪的坐席：{talking} 人通话中，{wrapping} 人话后处理，{paused} 人暂停。",
    ),
    "lines_in_flight": (
        "Each of {idle} free agents has a line on its way: {lines} in the air.",
        "{idle} 位空闲坐席都已有线路在拨：共 {lines} 路。",
    ),
    "agents_shared": ("Its free agents are for lines of other campaigns.", "空闲坐席正用于其他活动的线路。"),
    "nothing_due": ("No number is due now.", "现在没有到时可拨的号码。"),
    "trunk_channels": ("All channels of the trunk are in use.", "中继线路已全部占用。"),
    "calls_per_second": (
        "The trunk takes no more calls a second; {lines} lines are in the air.",
        "中继每秒呼叫数已达上限；在拨 {lines} 路。",
    ),
    "one_per_agent": ("One line for each free agent.", "每位空闲坐席拨一路。"),
    "lines_per_agent": (
        "So many lines for each free agent as was set: {lines} in the air for {idle} free agents.",
        "按设定的每席路数拨号：{idle} 位空闲坐席，在拨 {lines} 路。",
    ),
    "most_lines": ("The campaign's own cap of {most_lines} lines.", "已达本活动的线路上限 {most_lines} 路。"),
    "risk": (
        "{lines} lines are in the air for {idle} free agents. One call more, if answered, would be lost with chance "
        "{loss}; the day's budget allows {price}.",
        "在拨 {lines} 路，空闲坐席 {idle} 人。再拨一路，若被接听，约有 {loss} 的可能无人应接；今日余量允许 {price}。",
    ),
    "learning": (
        "It learns: too few calls have ended today. One line for each free agent until then.",
        "正在学习：今日结束的呼叫还太少，暂时每位空闲坐席拨一路。",
    ),
    "carrier_failing": (
        "The carrier fails most calls. One line for each free agent until it works again.",
        "运营商线路大量失败，恢复前每位空闲坐席只拨一路。",
    ),
    "budget_spent": (
        "The day's abandons are spent: {abandoned} of {answered} answered calls, the limit is {abandon_limit}. "
        "One line for each free agent.",
        "今日放弃额度已用完：{answered} 个接通中放弃 {abandoned} 个，上限 {abandon_limit}。每位空闲坐席只拨一路。",
    ),
    "facts_disagree": (
        "The clock went back or the counts disagree. One line for each free agent.",
        "时钟回拨或计数不一致，每位空闲坐席只拨一路。",
    ),
    "no_agents": ("No agent works this campaign now.", "现在没有坐席参与本活动。"),
    "all_paused": ("All {paused} agents are paused.", "{paused} 位坐席全部暂停。"),
    "no_dialer": ("No dialer tells of this campaign: is one running?", "没有拨号程序汇报本活动：它在运行吗？"),
}
SHARES = ("loss", "price", "abandon_limit")


def words(reason: str, standing: Mapping[str, Any]) -> Cause | None:
    """The reason as a person would say it; None = it is said elsewhere (the machine, the hours, ...)."""
    told = WORDS.get(reason)
    if told is None:
        return None
    figures = {name: standing.get(name) if standing.get(name) is not None else 0 for name in _NAMES}
    shown = {name: f"{value:.1%}" if name in SHARES else value for name, value in figures.items()}
    return Cause(reason, told[0].format(**shown), told[1].format(**shown))


_NAMES = (
    *("lines", "idle", "talking", "wrapping", "paused", "most_lines", "answered", "abandoned"),
    *SHARES,
)


def causes(standing: Mapping[str, Any] | None, due: int, state: str) -> list[Cause]:
    """Everything of pacing that holds now, the dialer's own word first; the gates' answers stand beside it."""
    if state not in ("running", "draining"):
        return []
    if standing is None:
        return list(_known(words("no_dialer", {})))
    found = {cause.reason: cause for cause in _known(words(str(standing.get("reason")), standing))}
    for reason in _seen(standing, due):
        found.setdefault(reason, *_known(words(reason, standing)))
    return list(found.values())


def _seen(standing: Mapping[str, Any], due: int) -> Iterable[str]:
    """What the figures say by themselves."""
    there = standing["idle"] + standing["talking"] + standing["wrapping"]
    if there == 0:
        yield "all_paused" if standing["paused"] else "no_agents"
    if due == 0:
        yield "nothing_due"


def _known(cause: Cause | None) -> Iterable[Cause]:
    return () if cause is None else (cause,)


def together(bodies: Iterable[Mapping[str, Any]]) -> dict[str, Any] | None:
    """How a campaign stands on all its nodes: lines and agents added up, the rest of the busiest; None = unknown."""
    told = sorted(bodies, key=lambda body: body["lines"], reverse=True)
    if not told:
        return None
    sums = {
        name: sum(body[name] for body in told)
        for name in ("placing", "lines", "idle", "talking", "wrapping", "paused")
    }
    return {**told[0], **sums}
