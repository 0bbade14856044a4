"""Every rule's answer about a number: as the gates say, in their order, with what it stood on and when it changes."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from dialer.core.calendar import CENTRE, CLOSED, Calendar
from dialer.core.compliance import LeadFacts, RefusalReason, frequency_gate, may_dial
from dialer.core.why import Rule, lead_answers, machine_answers, next_change, window_answer
from tests.unit.core.build import NOW, later, make_facts, make_machine, make_rules

_DAY = timedelta(days=1)


@st.composite
def leads(draw: st.DrawFn) -> LeadFacts:
    word = st.sampled_from(["web", None])
    return make_facts(
        number=draw(st.sampled_from(["+8613800138000", "+12025550123", "110"])),
        on_dnc=draw(st.booleans()),
        consent_source=draw(word),
        consent_basis=draw(word),
        attempts=draw(st.integers(0, 4)),
        dialed_day=draw(st.integers(0, 2)),
        dialed_30_days=draw(st.integers(0, 4)),
        dialed_life=draw(st.integers(0, 11)),
        abandoned_at=draw(st.sampled_from([None, later(-3600), later(-80 * 3600)])),
        list_is_active=draw(st.booleans()),
    )


@given(leads(), st.integers(0, 47), st.booleans())
def test_the_first_answer_that_is_no_is_what_the_dialer_does(lead: LeadFacts, hours: int, by_hand: bool) -> None:
    rules, now = make_rules(by_hand=by_hand), NOW + timedelta(hours=hours)
    answers = lead_answers(lead, rules, now)
    refusal = may_dial(lead, rules, now)
    first = next((each for each in answers if not each.permits), None)
    assert (first and first.reason) == (refusal and refusal.reason)
    assert (first and first.changes_at) == (refusal and refusal.again_at)
    assert len(answers) == 10 and all(each.permits == (each.reason is None) for each in answers)
    assert all(each.changes_at is None or each.changes_at > now for each in answers)


def test_each_rule_answers_with_what_it_stood_on() -> None:
    lead = make_facts(on_dnc=True, attempts=3, dialed_life=10, list_is_active=False, consent_proof=None)
    by_rule = {each.rule: each for each in lead_answers(lead, make_rules(caller_id="666"), NOW)}
    refused = {rule for rule, each in by_rule.items() if not each.permits}
    wanted = {Rule.DO_NOT_CALL, Rule.CONSENT, Rule.LIST, Rule.CALLER_ID, Rule.ATTEMPTS, Rule.FREQUENCY}
    assert refused - {Rule.HOURS} == wanted
    assert by_rule[Rule.ATTEMPTS].facts == {"attempts": 3, "most": 3}
    assert by_rule[Rule.FREQUENCY].facts["life"] == 10 and by_rule[Rule.FREQUENCY].changes_at is None
    assert by_rule[Rule.CALLER_ID].facts == {"caller_id": "666"} and by_rule[Rule.NUMBER].permits


def test_a_cap_says_when_the_number_may_be_called_again() -> None:
    """Of the day's and the 30 days' the later one counts; what is spent for life never comes back."""
    dialed = (later(-3600), NOW - 10 * _DAY, NOW - 20 * _DAY)
    lead = make_facts(dialed_day=1, dialed_30_days=3, dialed_life=3, dialed_at=dialed)
    refusal = frequency_gate(lead, make_rules(), NOW)
    assert refusal is not None and refusal.again_at == NOW + 10 * _DAY
    only_today = replace(lead, dialed_30_days=1, dialed_at=dialed[:1])
    refusal = frequency_gate(only_today, make_rules(), NOW)
    assert refusal is not None and refusal.again_at == later(-3600) + _DAY
    refusal = frequency_gate(replace(lead, dialed_life=10), make_rules(), NOW)
    assert refusal is not None and refusal.again_at is None


def test_the_machine_answers_part_by_part() -> None:
    machine = make_machine(emergency_stop=True, store_up=False, free_mb=3)
    refused = [each.reason for each in machine_answers(machine) if not each.permits]
    assert refused == [RefusalReason.EMERGENCY_STOP, RefusalReason.STORE_DOWN, RefusalReason.DISK_RESERVE]
    assert all(each.permits for each in machine_answers(make_machine()))


def test_an_open_window_says_when_it_closes_and_a_closed_one_when_it_opens() -> None:
    rules = make_rules(closing_margin_s=300)
    morning = NOW.replace(hour=2, minute=0, second=0, microsecond=0)  # 10:00 in Shanghai
    is_open, at_rest = window_answer(rules, morning), window_answer(rules, morning + timedelta(hours=3))
    assert is_open.permits and is_open.changes_at == morning + timedelta(minutes=115)
    assert not at_rest.permits and at_rest.changes_at == morning + timedelta(hours=4)
    assert next_change([is_open]) is None and next_change([is_open, at_rest]) == at_rest.changes_at


def test_the_hours_answer_says_whose_calendars_hold_and_whether_the_day_is_a_special_one() -> None:
    rules = make_rules(regions={CENTRE: Calendar(days={NOW.date(): CLOSED}), "新疆": Calendar(), "广东": Calendar()})

    def hours(region: str, days: int = 0) -> Mapping[str, object]:
        answers = lead_answers(make_facts(region=region), rules, NOW + days * _DAY)
        [found] = [each for each in answers if each.rule is Rule.HOURS]
        return {name: found.facts[name] for name in ("region", "calendars", "special_day")} | {"open": found.permits}

    assert hours("新疆") == {"region": "新疆", "calendars": "the centre's, 新疆", "special_day": True, "open": False}
    assert hours("", 1) == {
        "region": None,
        "calendars": "the centre's, 新疆, 广东",
        "special_day": False,
        "open": True,
    }
