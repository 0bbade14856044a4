"""The figures of a day."""

from datetime import UTC, date, datetime, time, timedelta

from recordings.completeness import completeness, day_bounds
from tests.database.recordings_world import World

ZONE = "Asia/Shanghai"


async def test_every_call_of_the_day_is_counted_once(world: World) -> None:
    today = datetime.now(UTC).date()
    for _ in range(3):
        await world.answered_call()
    await world.attempt()
    for result in ("busy", "busy", "no_answer"):
        await world.attempt(answered=False, dial_result=result)
    await world.worker().sweep()
    await world.attempt(answered=False)
    await world.attempt(ended_at=None)
    async with world.engine.connect() as connection:
        figures = await completeness(connection, today, "UTC")
    assert figures == {
        "day": today.isoformat(),
        "expected": 9,
        "answered": 5,
        "present": 3,
        "absent": {"recorder_failed": 1, "busy": 2, "no_answer": 1},
        "open": 2,
        "of_answered": {"present": 3, "taken_away": 0, "absent": 1, "open": 1},
        "open_incidents": 0,
    }


async def test_the_day_is_the_zones(world: World) -> None:
    """16:30 in UTC is the next day in Shanghai."""
    today = datetime.now(UTC).date()
    opened = datetime.combine(today, time(16, 30), UTC)
    made = f"{int(opened.timestamp() * 1000):012x}"
    await world.attempt(id=f"{made[:8]}-{made[8:]}-7000-8000-000000000001", opened_at=opened)
    days = [today + timedelta(days=n) for n in (0, 1, 2)]
    async with world.engine.connect() as connection:
        opens = [(await completeness(connection, day, ZONE))["open"] for day in days]
    assert opens == [0, 1, 0]


async def test_an_empty_day(world: World) -> None:
    async with world.engine.connect() as connection:
        figures = await completeness(connection, date(2026, 11, 1), ZONE)
    none = {"present": 0, "taken_away": 0, "absent": 0, "open": 0}
    nothing = {"expected": 0, "answered": 0, "present": 0, "open": 0, "open_incidents": 0}
    assert figures == {"day": "2026-11-01", "absent": {}, "of_answered": none, **nothing}


def test_a_day_of_a_clock_change_has_its_own_length() -> None:
    start, end = day_bounds(date(2026, 3, 29), "Europe/Berlin")
    assert (end.astimezone(UTC) - start.astimezone(UTC)).total_seconds() == 23 * 3600
