"""Campaigns that dial ahead of their agents: by ratio, learning first, told within a moment, given up in time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dialer.core.attempt import EndReason, Mode
from dialer.core.events import Answered, Rang
from dialer.core.pacing import USUAL, PacingReason, PacingSettings
from dialer.core.reconcile import PhoneSeen
from tests.unit.engine.rig import CAMPAIGN, Rig, until

pytestmark = pytest.mark.usefixtures("rig")


def paced(rig: Rig, mode: Mode, settings: PacingSettings = USUAL) -> None:
    rig.add_campaign(mode)
    rig.store.campaign_rows[CAMPAIGN] = replace(rig.store.campaign_rows[CAMPAIGN], pacing=settings)


def placed(rig: Rig) -> int:
    return len(rig.telephony.ordered("originate"))


async def test_a_ratio_dials_so_many_lines_for_a_free_agent(rig: Rig) -> None:
    paced(rig, Mode.RATIO, PacingSettings(lines_per_agent=3.0))
    for n in range(6):
        rig.add_lead(n)
    async with rig.running():
        await rig.agent_at_work()
        await rig.dialed(3)
        await until(lambda: rig.engine.decisions[CAMPAIGN].reason is PacingReason.LINES_PER_AGENT)
        assert placed(rig) == 3


async def test_a_cap_of_lines_holds_and_a_change_is_in_force_within_a_second(rig: Rig) -> None:
    capped = PacingSettings(lines_per_agent=5.0, most_lines=2)
    paced(rig, Mode.RATIO, capped)
    for n in range(8):
        rig.add_lead(n)
    async with rig.running():
        await rig.agent_at_work()
        await rig.dialed(2)
        await until(lambda: rig.engine.decisions[CAMPAIGN].reason is PacingReason.MOST_LINES)
        assert placed(rig) == 2
        paced(rig, Mode.RATIO, replace(capped, most_lines=4))
        rig.store.wake()
        await rig.dialed(4)
        await until(lambda: rig.store.pacing_now[CAMPAIGN].body["lines"] == 4)
        assert rig.store.pacing_now[CAMPAIGN].body["most_lines"] == 4 and rig.store.pacing_moments


async def test_predictive_is_progressive_while_it_learns(rig: Rig) -> None:
    paced(rig, Mode.PREDICTIVE)
    for n in range(3):
        rig.add_lead(n)
    async with rig.running():
        await rig.agent_at_work()
        call = await rig.dialed()
        await until(lambda: rig.engine.decisions[CAMPAIGN].reason is PacingReason.LEARNING)
        rig.telephony.tell(Answered(call))
        await until(lambda: rig.engine.floor.attempts[call].connected_at)
        assert placed(rig) == 1
        await until(lambda: rig.store.pacing_now[CAMPAIGN].body["talking"] == 1)


async def test_predictive_counts_each_day_in_the_store(rig: Rig) -> None:
    paced(rig, Mode.PREDICTIVE)
    rig.add_lead()
    async with rig.running():
        session = await rig.agent_at_work()
        call = await rig.talk()
        rig.hang_up(call)
        await rig.closing(call)
        rig.see(PhoneSeen(session, 1, up=True))  # the watch looks before the count comes
        await until(lambda: rig.store.pacing_now[CAMPAIGN].body["answered"] == 1)


async def test_calls_that_ring_long_end_when_everybody_has_gone(rig: Rig) -> None:
    paced(rig, Mode.RATIO, PacingSettings(lines_per_agent=2.0))
    for n in range(2):
        rig.add_lead(n)
    async with rig.running():
        await rig.agent_at_work()
        call = await rig.dialed(2)
        rig.telephony.tell(Rang(call))
        assert (await rig.wish("session.end", agent_id="ann"))[0] == "done"
        assert call in rig.engine.floor.attempts
        rig.ahead += timedelta(seconds=16)
        rig.engine.wake.set()
        await until(lambda: len(rig.telephony.ordered("hang_up")) == 2)
        assert rig.engine.floor.attempts[call].end_reason is EndReason.AGENTS_GONE
