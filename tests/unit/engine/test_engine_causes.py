"""Why a campaign dials so many lines, or none: each cause brought about on the floor, and told as it is."""

from dataclasses import replace

import pytest

from api.pacing import rules
from dialer.core.attempt import AttemptState, DialResult, Mode
from dialer.core.events import Answered, Ended
from dialer.core.pacing import PacingSettings
from dialer.core.predictive.pacing import KNOWN
from dialer.core.reconcile import PhoneSeen
from dialer.engine import pacing
from tests.unit.engine.rig import CAMPAIGN, Rig, until

WAITING = ("new", "attempted", "callback")


@pytest.fixture(autouse=True)
def counts_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "COUNT_S", 0.05)
    monkeypatch.setattr(pacing, "REPORT_S", 0.02)


def furnished(rig: Rig, leads: int, mode: Mode = Mode.RATIO, **settings: object) -> None:
    """A campaign with so many leads, paced so."""
    rig.add_campaign(mode)
    row = rig.store.campaign_rows[CAMPAIGN]
    rig.store.campaign_rows[CAMPAIGN] = replace(row, pacing=replace(PacingSettings(), **settings))  # type: ignore[arg-type]
    for n in range(leads):
        rig.add_lead(n)


def causes(rig: Rig) -> list[str]:
    """Every cause, as `/why` tells it from what the dialer told."""
    told = rig.store.pacing_now.get(CAMPAIGN)
    due = sum(row.view.state.value in WAITING for row in rig.store.leads.values())
    return [each.reason for each in rules.causes(told.body if told else None, due, "running")]


async def told(rig: Rig, *reasons: str) -> None:
    await until(lambda: causes(rig) == list(reasons), f"{reasons}, not {causes(rig)}")


async def test_nobody_works_it(rig: Rig) -> None:
    furnished(rig, 3)
    async with rig.running():
        await told(rig, "no_agent_ready", "no_agents")


async def test_everybody_is_paused(rig: Rig) -> None:
    furnished(rig, 3)
    async with rig.running():
        await rig.agent_at_work(is_ready=False)
        await told(rig, "no_agent_ready", "all_paused")


async def test_everybody_talks(rig: Rig) -> None:
    furnished(rig, 3, lines_per_agent=1.0)
    async with rig.running():
        await rig.agent_at_work()
        await rig.talk()
        await told(rig, "no_agent_ready")


async def test_nothing_is_due(rig: Rig) -> None:
    furnished(rig, 0)
    async with rig.running():
        await rig.agent_at_work()
        await told(rig, "nothing_due")


async def test_nothing_is_due_and_nobody_is_there(rig: Rig) -> None:
    furnished(rig, 0)
    async with rig.running():
        await rig.agent_at_work(is_ready=False)
        await told(rig, "no_agent_ready", "all_paused", "nothing_due")


async def test_the_trunk_is_full(rig: Rig) -> None:
    rig.engine.limits = replace(rig.limits, trunk_channels=2)
    furnished(rig, 5, lines_per_agent=4.0)
    async with rig.running():
        await rig.agent_at_work()
        await told(rig, "trunk_channels")


async def test_the_campaign_s_own_cap(rig: Rig) -> None:
    furnished(rig, 5, lines_per_agent=4.0, most_lines=2)
    async with rig.running():
        await rig.agent_at_work()
        await told(rig, "most_lines")


async def test_the_ratio_that_was_set(rig: Rig) -> None:
    furnished(rig, 5, lines_per_agent=2.0)
    async with rig.running():
        await rig.agent_at_work()
        await rig.dialed(2)
        await told(rig, "lines_per_agent")


async def test_a_line_for_each_agent_is_on_its_way(rig: Rig) -> None:
    furnished(rig, 3, Mode.PROGRESSIVE)
    async with rig.running():
        await rig.agent_at_work()
        await rig.dialed()
        await told(rig, "lines_in_flight")


async def test_too_little_is_known_yet(rig: Rig) -> None:
    furnished(rig, 3, Mode.PREDICTIVE)
    async with rig.running():
        await rig.agent_at_work()
        await rig.dialed()
        await told(rig, "learning")


async def test_the_carrier_fails(rig: Rig) -> None:
    furnished(rig, KNOWN + 2, Mode.PREDICTIVE)
    async with rig.running():
        await rig.agent_at_work()
        for n in range(KNOWN):
            rig.telephony.tell(Ended(await rig.dialed(n + 1), DialResult.CONGESTION, 34))
        await told(rig, "carrier_failing")


async def test_the_budget_is_spent(rig: Rig) -> None:
    furnished(rig, 5, lines_per_agent=2.0)
    rig.engine.limits = replace(rig.limits, window_s=0.1)
    async with rig.running():
        session = await rig.agent_at_work()
        second = await rig.dialed(2)
        first = rig.telephony.ordered("originate")[0]
        rig.telephony.tell(Answered(first))
        rig.telephony.tell(Answered(second))
        await until(lambda: rig.engine.floor.attempts[second].state is AttemptState.ANNOUNCING)
        rig.hang_up(second)
        await rig.closing(second)
        rig.see(PhoneSeen(session, 1, up=True))
        rig.hang_up(first)
        await rig.closing(first)
        await rig.wish("call.disposition", agent_id="ann", call_id=first, disposition="other")
        await told(rig, "budget_spent")
