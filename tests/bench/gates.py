"""All gates for one lead: one that may be called, one that may not at this hour, one that never may; by country."""

import asyncio
import statistics
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dialer.core.compliance import LeadFacts, RefusalReason, Rules, may_dial
from dialer.core.presets import CN, UK, US, Preset
from tests.bench.pair import Bench, Result, measure
from tests.unit.core.build import make_facts, make_rules

DAY = datetime(2026, 11, 24, tzinfo=UTC)
NUMBERS = {"CN": "+8613800138000", "US": "+12025550123", "UK": "+442079460000"}
OPEN = {"CN": timedelta(hours=2), "US": timedelta(hours=18, minutes=30), "UK": timedelta(hours=12)}
CLOSED = {"CN": timedelta(hours=20), "US": timedelta(hours=8), "UK": timedelta(hours=3)}
DNC = RefusalReason.DNC


def show(repetitions: int, leads: int = 5000) -> None:
    """Measures and prints a line for each country and answer: microseconds a lead, and times the least."""
    print("the least: the clock read once at each place where the called one may be; the place of nobody is known")
    print(f"{'gates':<34}{'µs a lead':>10}{'lowest..highest':>20}{'ratio':>9}")
    for bench in _benches(leads):
        _line(asyncio.run(measure(bench, repetitions)))


def _line(result: Result) -> None:
    times = [each * 1e6 for each in result.ours]
    spread = f"{min(times):.1f}..{max(times):.1f}"
    print(
        f"{result.bench.name:<34}{statistics.median(times):>10.1f}{spread:>20}{statistics.median(result.ratios()):>9.1f}"
    )


def _benches(leads: int) -> list[Bench]:
    found = []
    for preset in (CN, US, UK):
        facts, rules, name = _facts(preset), _rules(preset), preset.name
        at, never = DAY + OPEN[name], DAY + CLOSED[name]
        found += [
            _bench(f"{name}: may be called", facts, rules, at, None, leads),
            _bench(f"{name}: closed at this hour", facts, rules, never, RefusalReason.OUTSIDE_HOURS, leads),
            _bench(f"{name}: on the do-not-call list", _facts(preset, on_dnc=True), rules, at, DNC, leads),
        ]
    return found


def _facts(preset: Preset, **changes: bool) -> LeadFacts:
    return make_facts(number=NUMBERS[preset.name], **changes)


def _rules(preset: Preset) -> Rules:
    """The campaign's window is wide: the country's rules decide."""
    return make_rules(zone=preset.zones[0], opens_at=time.min, closes_at=time.max, preset=preset)


def _bench(
    name: str, facts: LeadFacts, rules: Rules, at: datetime, wanted: RefusalReason | None, leads: int
) -> Bench:
    """Each lead is asked a tenth of a second later than the one before: nothing but the days is asked twice."""
    moments = [at + timedelta(milliseconds=100 * n) for n in range(leads)]

    async def ours() -> None:
        for moment in moments:
            refusal = may_dial(facts, rules, moment)
            assert (refusal and refusal.reason) is wanted

    async def bare() -> None:
        for moment in moments:
            for zone in rules.preset.zones:
                moment.astimezone(ZoneInfo(zone)).time()

    return Bench(name, "a look at the clock of each place", "leads", ours, bare, leads, leads)
