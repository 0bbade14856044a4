"""The recorder watch at work: what it finds is open at once, and nothing is dialed while recordings are at risk."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dialer.core import events as ev
from dialer.core import recorder
from dialer.core.compliance import RefusalReason
from dialer.core.incidents import Incident, IncidentKind
from dialer.core.recorder import Look
from dialer.core.records import IncidentFound, IncidentOver
from dialer.core.self_test import Heard, Leg
from dialer.engine import recorder_watch, self_test, watch
from dialer.ports import RecorderStatus, TelephonyAway
from tests.unit.engine.rig import CAMPAIGN, NODE, Rig, until


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A watch that looks every hundredth second, by rules of tenths."""
    monkeypatch.setattr(recorder_watch, "LOOK_S", 0.01)
    monkeypatch.setattr(watch, "BEAT_S", 0.05)
    monkeypatch.setattr(self_test, "LOOK_S", 0.01)
    for name, seconds in (("STALL_S", 0.05), ("NOT_GROWING_S", 0.1), ("MISSING_S", 0.1), ("HEARD_S", 0.2)):
        monkeypatch.setattr(recorder, name, seconds)


def opened(rig: Rig, kind: IncidentKind) -> Callable[[], bool]:
    return lambda: any(each.kind is kind for each in rig.store._open_ones())


async def test_files_that_stand_still_while_the_line_carries_sound_are_an_incident_and_the_call_goes_on(
    rig: Rig,
) -> None:
    rig.add_lead()
    async with rig.running():
        await rig.agent_at_work()
        call = await rig.talk()
        rig.telephony.looks[call], rig.telephony.counts[call] = Look((4000, 4000), (900, 900)), 1000
        await until(opened(rig, IncidentKind.NOT_GROWING))
        assert rig.engine.machine_refusal() is None and call in rig.engine.floor.attempts
        assert [each.call_id for each in rig.store.incidents] == [call]


async def test_a_customer_whom_nobody_heard_for_a_while_and_then_is_heard(rig: Rig) -> None:
    rig.add_lead()
    async with rig.running():
        await rig.agent_at_work()
        rig.telephony.heard = (0, 900)
        call = await rig.talk()
        await until(opened(rig, IncidentKind.ONE_SIDED))
        rig.telephony.looks[call] = Look((9000, 9000), (900, 900))
        await until(lambda: not rig.store._open_ones())
        assert set(rig.store.closed.values()) == {"Both are heard"}


async def test_a_recorder_that_somebody_stopped_stops_dialing_until_the_incident_is_closed(rig: Rig) -> None:
    rig.see()
    rig.telephony.failing["self_test"] = TelephonyAway("no answer")  # nor would a test tell
    rig.add_lead(1)
    async with rig.running():
        await rig.agent_at_work()
        call = await rig.talk()
        rig.telephony.tell(ev.RecorderStopped(call, "stopped"))
        await until(lambda: _refused(rig) is RefusalReason.RECORDING_AT_RISK)
        rig.add_lead(2)
        rig.hang_up(call)
        await rig.closing(call)
        await rig.wish("call.disposition", agent_id="ann", call_id=call, disposition="other")
        await rig.wish("session.state", agent_id="ann", state="ready")
        await until(lambda: rig.engine.decisions[CAMPAIGN].reason is RefusalReason.RECORDING_AT_RISK)
        assert len(rig.telephony.ordered("originate")) == 1
        over = IncidentOver(IncidentKind.RECORDER_STOPPED, call, rig.now(), "the console was locked")
        await rig.store.write([over])
        rig.store.wake()
        await rig.dialed(2)


async def test_a_disk_below_its_reserve_is_told_and_is_over_when_there_is_room(rig: Rig) -> None:
    rig.see()  # it takes longer than the time between two looks at Asterisk
    async with rig.running():
        rig.telephony.status = RecorderStatus(True, "", 1023)
        await until(opened(rig, IncidentKind.DISK_RESERVE))
        await until(lambda: _refused(rig) is RefusalReason.DISK_RESERVE)
        rig.telephony.status = RecorderStatus(True, "", 1100)  # enough to dial, not enough to call it over
        await until(lambda: _refused(rig) is RefusalReason.RECORDING_AT_RISK)
        rig.telephony.status = RecorderStatus(True, "", 5000)
        await until(lambda: rig.engine.machine_refusal() is None)
        assert set(rig.store.closed.values()) == {"There is room again"}


async def test_what_is_found_while_postgres_is_away_is_told_when_it_is_back(rig: Rig) -> None:
    rig.add_lead()
    async with rig.running():
        await rig.agent_at_work()
        call = await rig.talk()
        rig.store.is_away = True
        rig.telephony.tell(ev.RecorderStopped(call, "muted"))
        await until(lambda: rig.outbox.exists() and "incident_found" in rig.outbox.read_text())
        rig.store.is_away = False
        await until(opened(rig, IncidentKind.RECORDER_STOPPED))


async def test_a_worker_that_is_back_ends_what_an_earlier_dialer_found(rig: Rig) -> None:
    await rig.store.write([IncidentFound(Incident(IncidentKind.WORKER_AWAY, NODE, datetime.now(UTC), "away"))])
    async with rig.running():
        await rig.store.beat(f"worker:{NODE}", {})
        await until(lambda: set(rig.store.closed.values()) == {"The worker is back"})


async def test_a_worker_that_was_never_heard_of_is_told(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "WORKER_AWAY_S", 0.1)
    async with rig.running():
        await until(opened(rig, IncidentKind.WORKER_AWAY))
        assert rig.engine.machine_refusal() is None  # what is recorded waits in the spool


async def test_a_self_test_that_fails_stops_dialing_is_made_again_at_once_and_one_that_passes_ends_it(
    rig: Rig,
) -> None:
    rig.see()
    rig.telephony.hears = Heard(Leg(3.0, 0.99), None)
    async with rig.running():
        status, result = await rig.wish("recorder.self_test")
        assert (status, result["ok"], "agent" in result["why"]) == ("done", False, True)
        await until(lambda: _refused(rig) is RefusalReason.RECORDING_AT_RISK)
        await until(lambda: len(rig.telephony.ordered("self_test")) == 2)
        rig.telephony.hears = Heard(Leg(3.0, 0.99), Leg(3.0, 0.99), sealed="")
        assert (await rig.wish("recorder.self_test"))[1]["ok"] is True
        await until(lambda: rig.engine.machine_refusal() is None)
        assert set(rig.store.closed.values()) == {"A later self-test passed"}


async def test_a_stopped_recorder_is_tested_once_its_call_is_over_and_dialing_goes_on(rig: Rig) -> None:
    rig.see()
    rig.add_lead()
    async with rig.running():
        await rig.agent_at_work()
        call = await rig.talk()
        rig.telephony.tell(ev.RecorderStopped(call, "stopped"))
        await until(lambda: _refused(rig) is RefusalReason.RECORDING_AT_RISK)
        assert rig.telephony.ordered("self_test") == []
        rig.hang_up(call)
        await until(lambda: rig.engine.machine_refusal() is None)
        assert len(rig.telephony.ordered("self_test")) == 1


async def test_a_restart_is_no_reason_for_a_self_test(rig: Rig) -> None:
    rig.limits = replace(rig.limits, self_test_every_s=3600)
    rig.engine.limits = rig.limits
    async with rig.running():
        await until(lambda: rig.store.self_tests)
    again = Rig(rig.outbox, store=rig.store, limits=rig.limits)
    async with again.running():
        await again.agent_at_work(is_ready=False)
        assert again.telephony.ordered("self_test") == []


async def test_without_asterisk_there_is_nothing_to_test(rig: Rig) -> None:
    async with rig.running(is_linked=False):
        status, result = await rig.wish("recorder.self_test")
        assert (status, result["reason"]) == ("refused", "asterisk_down")


def _refused(rig: Rig) -> RefusalReason | None:
    refusal = rig.engine.machine_refusal()
    return refusal.reason if refusal else None
