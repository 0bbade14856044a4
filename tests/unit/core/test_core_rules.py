"""Gates, numbers, recycling, pacing, limits, retry and selection: facts in, one decision with its reason out."""

from dataclasses import replace
from datetime import time, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core import recycle
from dialer.core.attempt import DialResult
from dialer.core.calendar import Calendar, Hours
from dialer.core.callbacks import time_refusal
from dialer.core.compliance import (
    LeadFacts,
    MachineFacts,
    Refusal,
    RefusalReason,
    Rules,
    machine_gate,
    may_dial,
)
from dialer.core.disposition import DEFAULT, Disposition, Meaning, Retry, find, of_system
from dialer.core.ids import CampaignId, is_attempt_id
from dialer.core.limits import Pacer, free_channels, take
from dialer.core.numbers import canonical, is_canonical, national
from dialer.core.recycle import LeadState, Others, Tried, after_attempt, after_disposition
from dialer.core.retry import REST_OTHERWISE, delays, next_look
from dialer.core.selection import agent_for
from tests.unit.core.build import (
    CAMPAIGN,
    NOW,
    attempt_id,
    later,
    make_agent,
    make_facts,
    make_machine,
    make_rules,
)

OTHER = CampaignId("other")

# -- gates ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("machine", "reason"),
    [
        (make_machine(store_up=False, asterisk_up=False), RefusalReason.STORE_DOWN),
        (make_machine(asterisk_up=False), RefusalReason.ASTERISK_DOWN),
        (make_machine(recorder_up=False, recorder_why="the spool is full"), RefusalReason.RECORDER_DOWN),
        (make_machine(free_mb=1023), RefusalReason.DISK_RESERVE),
        (make_machine(emergency_stop=True, store_up=False), RefusalReason.EMERGENCY_STOP),
    ],
)
def test_a_machine_that_cannot_keep_a_call_does_not_make_one(machine: MachineFacts, reason: RefusalReason) -> None:
    refusal = machine_gate(machine)
    assert refusal is not None and refusal.reason is reason


def test_a_recorder_refusal_says_what_is_wrong() -> None:
    refusal = machine_gate(make_machine(recorder_up=False, recorder_why="the spool is full"))
    assert refusal is not None and "the spool is full" in refusal.detail


def test_a_machine_in_order_may_dial() -> None:
    assert machine_gate(make_machine(free_mb=1024)) is None


@pytest.mark.parametrize(
    ("facts", "rules", "reason"),
    [
        (make_facts(number="110"), make_rules(), RefusalReason.MALFORMED_NUMBER),
        (make_facts(on_dnc=True), make_rules(), RefusalReason.DNC),
        (make_facts(consent_basis=None), make_rules(), RefusalReason.NO_CONSENT),
        (make_facts(consent_basis=""), make_rules(), RefusalReason.NO_CONSENT),
        (make_facts(consent_source=None), make_rules(), RefusalReason.NO_CONSENT),
        (make_facts(consent_proof=""), make_rules(), RefusalReason.NO_CONSENT),
        (make_facts(list_is_active=False), make_rules(), RefusalReason.LIST_OFF),
        (make_facts(dialed_life=10), make_rules(), RefusalReason.FREQUENCY_CAP),
        (make_facts(abandoned_at=later(1 - 72 * 3600)), make_rules(), RefusalReason.AFTER_ABANDON),
        (make_facts(), make_rules(opens_at=time(10, 1)), RefusalReason.OUTSIDE_HOURS),
        (make_facts(), make_rules(closes_at=time(10)), RefusalReason.OUTSIDE_HOURS),
        (make_facts(), make_rules(zone="America/New_York"), RefusalReason.OUTSIDE_HOURS),
        (make_facts(), make_rules(closes_at=time(10, 5), closing_margin_s=300), RefusalReason.CLOSING_SOON),
        (make_facts(), make_rules(caller_id="4008"), RefusalReason.CALLER_ID_NOT_ALLOWED),
        (make_facts(), make_rules(allowed_caller_ids=frozenset()), RefusalReason.CALLER_ID_NOT_ALLOWED),
        (make_facts(attempts=3), make_rules(), RefusalReason.MAX_ATTEMPTS),
        (make_facts(dialed_day=1), make_rules(), RefusalReason.FREQUENCY_CAP),
        (make_facts(dialed_30_days=3), make_rules(), RefusalReason.FREQUENCY_CAP),
    ],
)
def test_each_gate_refuses_with_its_reason(facts: LeadFacts, rules: Rules, reason: RefusalReason) -> None:
    refusal = may_dial(facts, rules, NOW)
    assert refusal is not None and refusal.reason is reason and refusal.detail


def test_a_lead_in_order_may_be_dialed() -> None:
    assert may_dial(make_facts(attempts=2, dialed_30_days=2), make_rules(opens_at=time(10)), NOW) is None


@given(st.integers(0, 10**7), st.times(), st.times())
def test_nobody_is_called_outside_the_window_of_the_called_place(after_s: int, opens: time, closes: time) -> None:
    refusal = may_dial(make_facts(), make_rules(opens_at=opens, closes_at=closes), later(after_s))
    local = (later(after_s) + timedelta(hours=8)).time()
    is_rest = time(12) <= local < time(14) or not time(9) <= local < time(21)
    assert (refusal is None) == (opens <= local < closes and not is_rest)


def test_after_an_abandoned_call_only_a_person_calls_for_72_hours() -> None:
    facts = make_facts(abandoned_at=later(-3600))
    refusal = may_dial(facts, make_rules(), NOW)
    assert refusal is not None and refusal.again_at == later(71 * 3600)
    assert may_dial(facts, make_rules(by_hand=True), NOW) is None
    assert may_dial(make_facts(abandoned_at=later(-72 * 3600)), make_rules(), NOW) is None


# -- numbers -------------------------------------------------------------------------------------------------------

mobiles = st.from_regex(r"\+861[3-9][0-9]{9}", fullmatch=True)
fixed = st.from_regex(r"\+86(10|2[0-9]|[35679][0-9]{2}|4[1-9][0-9]|8[1-9][0-9])[0-9]{7,8}", fullmatch=True)
SERVICE = [
    *("110", "119", "120", "122", "12110", "12345", "12395", "10000", "10010", "10086", "10099", "114", "999"),
    *("112", "911", "95588", "96110", "4001234567", "8008101234", "400-123-4567", "1008611", "118114", "12306"),
]


@given(mobiles | fixed)
def test_what_the_trunk_gets_leads_back_to_the_number(number: str) -> None:
    assert is_canonical(number)
    assert canonical(national(number)) == number == canonical(number)


@given(st.sampled_from(SERVICE), st.sampled_from(["", "+", "+86", "0", "86", "00", "0086", "+86 0"]))
def test_emergency_and_service_numbers_are_never_dialed(service: str, prefix: str) -> None:
    found = canonical(prefix + service)
    assert found is None, found


@given(st.text(max_size=20) | st.text("0123456789+- ", max_size=20))
def test_whatever_is_typed_gives_a_number_that_may_be_dialed_or_nothing(text: str) -> None:
    found = canonical(text)
    assert found is None or is_canonical(found)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("138 0013 8000", "+8613800138000"),
        ("138-0013-8000", "+8613800138000"),
        ("+86 138 0013 8000", "+8613800138000"),
        ("0351-2345678", "+863512345678"),
        ("010 8888 8888", "+861088888888"),
        ("008613800138000", None),
        ("１３８００１３８０００", None),
        ("", None),
        ("+1 202 555 0100", None),
        ("138001380001", None),
    ],
)
def test_what_a_person_types(typed: str, number: str | None) -> None:
    assert canonical(typed) == number


def test_other_digits_than_ascii_are_no_number() -> None:
    assert not is_canonical("+861３８００１３８０００")


def test_the_trunk_gets_a_fixed_line_with_its_zero() -> None:
    assert national("+861088888888") == "01088888888"
    assert national("+8613800138000") == "13800138000"


# -- what becomes of a lead ------------------------------------------------------------------------------------------


def ended(**changes: object) -> recycle.Ended:
    return replace(recycle.Ended(DialResult.NO_ANSWER, False, False, Tried(1, 3, 600)), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("end", "state", "rest_s"),
    [
        (ended(result=DialResult.ANSWERED, was_connected=True), LeadState.DONE, 0),
        (ended(result=DialResult.INVALID), LeadState.BLOCKED, 0),
        (ended(result=DialResult.ANSWERED, was_abandoned=True), LeadState.ATTEMPTED, 72 * 3600),
        (ended(result=DialResult.ANSWERED, was_abandoned=True, tried=Tried(3, 3, 600)), LeadState.DONE, 72 * 3600),
        (ended(result=DialResult.CONGESTION, tried=Tried(3, 3, 600)), LeadState.ATTEMPTED, 60),
        (ended(result=DialResult.FAILED), LeadState.ATTEMPTED, 60),
        (ended(result=DialResult.CANCELLED), LeadState.ATTEMPTED, 60),
        (ended(result=DialResult.BUSY), LeadState.ATTEMPTED, 600),
        (ended(result=DialResult.UNKNOWN, tried=Tried(2, 3, 600)), LeadState.ATTEMPTED, 600),
        (ended(result=DialResult.NO_ANSWER, tried=Tried(3, 3, 600)), LeadState.DONE, 600),
    ],
)
def test_when_a_lead_is_tried_again(end: recycle.Ended, state: LeadState, rest_s: int) -> None:
    after = after_attempt(end, NOW)
    assert (after.state, after.next_at) == (state, later(rest_s))
    assert after.reason


@given(
    st.builds(
        recycle.Ended,
        st.sampled_from(DialResult),
        st.booleans(),
        st.just(True),
        st.builds(Tried, st.integers(1, 9), st.integers(1, 9), st.integers(0, 10**6)),
    )
)
def test_no_machine_redials_an_abandoned_number_within_72_hours(end: recycle.Ended) -> None:
    after = after_attempt(end, NOW)
    assert after.state is not LeadState.ATTEMPTED or after.next_at >= NOW + timedelta(hours=72)


@pytest.mark.parametrize("said", DEFAULT)
def test_what_the_usual_dispositions_mean_for_a_number(said: Disposition) -> None:
    after = after_disposition(said, Tried(1, 3, 600), NOW)
    blocks = said.code in ("refused", "dnc", "opt_out", "invalid_number")
    again = {
        "no_voice": 86_400,
        "cannot_hear": 86_400,
        "machine": 600,
        "dialect": 1800,
        "no_answer": 600,
        "busy": 600,
    }
    again |= {"rejected": 600, "unknown": 600, "congestion": 60, "failed": 60, "cancelled": 60}
    state = LeadState.BLOCKED if blocks else LeadState.ATTEMPTED if said.code in again else LeadState.DONE
    assert (after.state, after.next_at) == (state, later(again.get(said.code, 0)))


ROWS = st.builds(
    Disposition,
    st.just("x"),
    st.sampled_from(Meaning),
    st.just("某"),
    st.just("some"),
    st.none() | st.builds(Retry, st.none() | st.integers(0, 10**6), st.none() | st.integers(1, 50), st.booleans()),
)
TRIED = st.builds(Tried, st.integers(1, 60), st.integers(0, 9), st.integers(0, 10**6))


@given(ROWS, TRIED)
def test_nobody_who_refused_is_called_again_and_no_number_longer_than_its_rule_says(
    said: Disposition, tried: Tried
) -> None:
    after = after_disposition(said, tried, NOW)
    if said.meaning in (Meaning.REFUSAL, Meaning.OPT_OUT):
        assert (after.state, after.others, said.on_dnc) == (LeadState.BLOCKED, Others.CLOSE, True)
    if after.state is LeadState.ATTEMPTED:
        assert said.retry is not None and said.meaning is not Meaning.WRONG_NUMBER
        assert tried.most > 0 and tried.times < (said.retry.most or tried.most)
        assert after.next_at == later(tried.retry_after_s if said.retry.delay_s is None else said.retry.delay_s)
    if after.others is Others.NEXT:
        assert said.meaning is Meaning.WRONG_NUMBER or (said.retry is not None and said.retry.other_number)


def test_a_campaign_says_what_a_busy_line_means_and_the_usual_rule_holds_for_what_it_does_not_say() -> None:
    busy = Disposition("busy", Meaning.NOT_REACHED, "占线", "Busy", Retry(120, 2, other_number=True))
    after = after_attempt(ended(result=DialResult.BUSY), NOW, (busy,))
    assert (after.state, after.next_at, after.others) == (LeadState.ATTEMPTED, later(120), Others.NEXT)
    assert after_attempt(ended(result=DialResult.REJECTED), NOW, (busy,)).next_at == later(600)
    final = replace(busy, retry=None)
    assert after_attempt(ended(result=DialResult.BUSY), NOW, (final,)).state is LeadState.DONE


@given(ROWS, TRIED, st.integers(60, 10**6))
def test_a_number_that_was_promised_a_call_waits_for_it(said: Disposition, tried: Tried, seconds: int) -> None:
    after = after_disposition(said, tried, NOW, later(seconds))
    assert (after.state, after.next_at, after.others) == (LeadState.CALLBACK, later(seconds), Others.KEEP)


@pytest.mark.parametrize(
    ("seconds", "is_right"),
    [(60, True), (0, False), (-60, False), (30 * 86_400, True), (30 * 86_400 + 1, False), (12 * 3600, False)],
)
def test_a_callback_is_promised_for_the_next_thirty_days_inside_the_window(seconds: int, is_right: bool) -> None:
    hours = Hours(("Asia/Shanghai",), (Calendar(((time(9), time(21)),)),))  # it is 10:00 there
    refusal = time_refusal(later(seconds), hours, NOW)
    assert (refusal is None) == is_right
    assert refusal is None or refusal.reason is RefusalReason.BAD_CALLBACK_TIME


def test_a_disposition_by_its_code() -> None:
    said = find(DEFAULT, "sale")
    assert said is not None and said.meaning is Meaning.SUCCESS
    assert find(DEFAULT, "Sale") is None
    assert find(DEFAULT, "congestion") is None  # the network's word
    assert find([replace(said, is_active=False)], "sale") is None
    assert of_system((), "nothing") is None


# -- how many ----------------------------------------------------------------------------------------------------


@given(st.sampled_from([1.0, 2.0, 4.0, 8.0]), st.lists(st.sampled_from([0.0, 0.125, 0.5, 3.0]), min_size=1))
def test_a_trunk_never_gets_more_calls_a_second_than_it_takes(cps: float, waits: list[float]) -> None:
    pacer, now, slots = Pacer(cps), 100.0, []
    for wait in waits:
        now += wait
        free = pacer.free_at <= now
        pacer, slot = take(pacer, now)
        assert slot >= now and (slot == now) is free
        slots.append(slot)
    assert all(b - a >= 1 / cps for a, b in pairwise(slots))


def test_free_channels_are_never_negative() -> None:
    assert (free_channels(60, 10), free_channels(60, 61)) == (50, 0)


# -- when again ---------------------------------------------------------------------------------------------------


def test_a_refusal_of_the_machine_is_looked_at_again_soon_one_of_the_lead_later() -> None:
    assert next_look(Refusal(RefusalReason.RECORDER_DOWN, ""), NOW) == later(5)
    assert next_look(Refusal(RefusalReason.STOPPING, ""), NOW) == NOW
    assert next_look(Refusal(RefusalReason.NOT_ISSUED, ""), NOW) is None
    assert next_look(Refusal(RefusalReason.DNC, ""), NOW) == NOW + REST_OTHERWISE
    assert next_look(Refusal(RefusalReason.CLOSING_SOON, "", later(77)), NOW) == later(77)


def test_delays_grow_and_stay_within_their_limit() -> None:
    assert list(islice(delays(), 7)) == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


# -- who and which ------------------------------------------------------------------------------------------------


def test_the_agent_ready_longest_gets_the_customer() -> None:
    fresh, longest = make_agent(1, state_at=later(-5)), make_agent(2, state_at=later(-50))
    down, other = make_agent(3, phone_up=False), make_agent(4, campaign_ids=(OTHER,))
    assert agent_for(CAMPAIGN, [fresh, longest, down, other], [OTHER, CAMPAIGN]) == longest
    assert agent_for(CAMPAIGN, [down, other], []) is None
    assert agent_for(CAMPAIGN, [make_agent(6), make_agent(5)], []) == make_agent(5)


def test_an_agent_of_several_campaigns_is_kept_for_whom_nobody_else_can_take() -> None:
    both = make_agent(1, state_at=later(-50), campaign_ids=(CAMPAIGN, OTHER))
    one = make_agent(2, state_at=later(-5))
    assert agent_for(CAMPAIGN, [both, one], []) == both
    assert agent_for(CAMPAIGN, [both, one], [OTHER]) == one
    assert agent_for(CAMPAIGN, [both], [OTHER]) == both  # he is here, the other only rings yet


@given(st.text(max_size=40))
def test_only_our_ids_name_a_call(text: str) -> None:
    assert not is_attempt_id(text) or len(text) == 36
    assert is_attempt_id(attempt_id(7))
    assert not is_attempt_id(attempt_id(7) + "\n") and not is_attempt_id("../" + attempt_id(7))


def test_a_lead_that_was_closed_stays_closed_after_one_more_call_by_hand() -> None:
    end = recycle.Ended(DialResult.NO_ANSWER, False, False, Tried(2, 0, 3600))
    assert after_attempt(end, NOW).state is LeadState.DONE


@pytest.mark.parametrize(
    ("held", "may"),
    [
        ({"holder": "agent", "holder_id": "ann"}, True),
        ({"holder": "agent", "holder_id": "bob"}, False),
        ({"holder": "leader", "holder_id": "ann"}, False),
        ({"holder": "stock"}, False),
        ({"holder": "stock", "promised_to": "ann"}, True),
        ({"holder": "stock", "promised_to": "bob"}, False),
        ({"holder": "used"}, False),
    ],
)
def test_where_the_campaign_wants_it_an_agent_calls_only_what_he_holds_and_his_callbacks(
    held: dict[str, str], may: bool
) -> None:
    refusal = may_dial(make_facts(**held), make_rules(issued_to="ann"), NOW)
    assert (refusal is None) is may
    assert refusal is None or refusal.reason is RefusalReason.NOT_ISSUED
    assert may_dial(make_facts(**held), make_rules(), NOW) is None
