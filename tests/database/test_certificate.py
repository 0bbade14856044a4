"""The daily certificate: what it counts, that nobody can change it, that it is there each morning."""

import base64
import json
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from dialer.core.incidents import Incident, IncidentKind
from dialer.machine import Paths, load_secrets
from dialer.store.incidents import close_over, open_incident
from recordings.certificate import Shelf, as_json, certify, is_genuine, make
from recordings.certificate_pdf import draw
from recordings.nights import Nights, due_day
from recordings.notes import SigningKey
from recordings.reconcile import Reconciler
from recordings.signing import signing_key
from tests.database.recordings_world import World

ZONE = "UTC"


def key_of(world: World) -> SigningKey:
    return signing_key(Paths(world.root))


async def test_a_whole_day_and_the_same_day_with_something_open(world: World) -> None:
    today = datetime.now(UTC).date()
    for _ in range(3):
        await world.answered_call()
    await world.attempt(answered=False)
    await world.worker().sweep()
    whole = await make(world.engine, today, ZONE, world.node, key_of(world))
    said = whole["certificate"]
    assert said["complete"] and (said["expected"], said["answered"], said["present"]) == (4, 3, 3)
    assert said["absent"] == {"no_answer": 1} and sum(hour["present"] for hour in said["hours"]) == 3
    call = await world.attempt(ended_at=None)
    gap = Incident(IncidentKind.NOT_RECORDED, call, datetime.now(UTC), "x", call)
    async with world.engine.begin() as connection:
        await open_incident(connection, gap)
    said = (await make(world.engine, today, ZONE, world.node, key_of(world)))["certificate"]
    assert not said["complete"] and (said["open"], said["open_incidents"]) == (1, 1)
    assert said["incidents"]["open"][0]["subject"] == call
    async with world.engine.begin() as connection:
        await close_over(connection, gap.kind, call, datetime.now(UTC), "explained")
    said = (await make(world.engine, today, ZONE, world.node, key_of(world)))["certificate"]
    assert said["incidents"]["kinds"] == {"not_recorded": {"all": 1, "open": 0}}


async def test_any_change_is_found_with_the_public_key_alone(world: World) -> None:
    made = await make(world.engine, date(2026, 11, 24), ZONE, world.node, key_of(world))
    public = base64.b64decode(made["certificate"]["public_key"])
    assert public == key_of(world).public.raw and load_secrets(Paths(world.root)).ledger_key not in json.dumps(made)
    assert is_genuine(json.loads(as_json(made)), public)
    for changed in (
        {"certificate": made["certificate"] | {"answered": 7}, "signature": made["signature"]},
        {"certificate": made["certificate"] | {"new": 1}, "signature": made["signature"]},
        made | {"signature": made["signature"][:-4] + "AAA="},
        made | {"signature": "no base64"},
        {"certificate": made["certificate"]},
    ):
        assert not is_genuine(changed, public)
    assert not is_genuine(made, b"\0" * 32)


async def test_each_morning_the_day_before_is_certified_once_and_a_missed_night_is_made_up_for(world: World) -> None:
    paths = Paths(world.root)
    cdr = world.root / "Master.csv"
    cdr.touch()
    reconciler = Reconciler(world.engine, world.vault, cdr, world.node, ZONE)
    nights = Nights(world.engine, paths, ZONE, world.node, reconciler)
    day, shelf = due_day(datetime.now(UTC), ZONE), Shelf(paths.certificates)
    assert not shelf.has(day) and shelf.read(day) is None
    await nights.close(day)
    kept = shelf.read(day)
    assert shelf.has(day) and kept is not None and is_genuine(kept, key_of(world).public.raw)
    assert shelf.path(day, "pdf").read_bytes().startswith(b"%PDF-")
    shelf.path(day, "json").write_text("{")
    assert shelf.read(day) is None
    await certify(world.engine, paths, day, ZONE, world.node)
    assert shelf.read(day) is not None
    reconciler.close()


def test_a_day_is_due_half_an_hour_after_midnight_of_the_centre() -> None:
    """16:30 UTC is half past midnight in Shanghai."""
    assert due_day(datetime(2026, 11, 24, 16, 29, tzinfo=UTC), "Asia/Shanghai") == date(2026, 11, 23)
    assert due_day(datetime(2026, 11, 24, 16, 30, tzinfo=UTC), "Asia/Shanghai") == date(2026, 11, 24)
    assert due_day(datetime(2026, 11, 24, 16, 30, tzinfo=UTC), "UTC") == date(2026, 11, 23)


counts = st.integers(0, 10**7)


@given(
    counts,
    st.dictionaries(st.text(max_size=30), counts, max_size=14),
    st.dictionaries(st.text(max_size=30), counts, max_size=14),
)
def test_whatever_the_figures_it_is_one_page(count: int, absent: dict[str, int], kinds: dict[str, int]) -> None:
    said = {
        "day": "2026-11-24",
        "zone": "Asia/Shanghai",
        "from": "a",
        "to": "b",
        "made_by": "节点",
        "made_at": "c",
        "expected": count,
        "answered": count,
        "present": count,
        "absent": absent,
        "open": 0,
        "complete": count % 2 == 0,
        "of_answered": {"present": count, "taken_away": count, "absent": 0, "open": 0},
        "open_incidents": count,
        "hours": [{"hour": 9, "answered": count, "present": 0}],
        "public_key": "k",
        "ledger": {"checkpoint": None},
        "incidents": {"kinds": {kind: {"all": n, "open": n} for kind, n in kinds.items()}, "open": []},
    }
    pdf = draw({"certificate": said, "signature": "s"})
    assert pdf.count(b"/Type /Page\n") == 1
