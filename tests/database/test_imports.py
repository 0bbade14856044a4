"""Imports against the real PostgreSQL: every row accounted for, whatever was killed, and taken back whole."""

import asyncio
import os
import random
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from api.ids import new_id
from api.numbers.importer import Importer, file_of, plain_of
from api.numbers.tables import import_rejects, imports, registered_numbers
from dialer.store.gate_tables import dnc
from dialer.store.tables import campaigns, leads, lists
from tests.conftest import Postgres
from tests.database.planted import Planted

REPOSITORY = Path(__file__).parents[2]
ROWS = int(os.environ.get("TIANZHOU_IMPORT_ROWS", "20000"))
SEED = int(os.environ.get("TIANZHOU_SOAK_SEED", "20261126"))
KILLS = 5
WHO = new_id()


class Desk:
    """A clerk's view of the database."""

    def __init__(self, engine: AsyncEngine, folder: Path) -> None:
        self.engine, self.folder = engine, folder
        folder.mkdir(parents=True, exist_ok=True)

    async def campaign(self) -> str:
        values = {"id": new_id(), "name": f"c-{new_id()}", "product": "p", "region": "r", "mode": "progressive"}
        async with self.engine.begin() as connection:
            await connection.execute(insert(campaigns).values(values | {"caller_id": "10010"}))
        return str(values["id"])

    async def sent(self, campaign: str, content: bytes, **columns: Any) -> str:
        """An import whose file has just come; the clerk starts it as soon as it was read."""
        import_id = new_id()
        file_of(self.folder, import_id).write_bytes(content)
        size = len(content)
        values: dict[str, Any] = {
            "id": import_id,
            "campaign_id": campaign,
            "list_name": "l",
            "region": "r",
            "file_name": "f.csv",
        }
        values |= {"size_bytes": size, "received_bytes": size, "state": "reading", "created_by": WHO}
        values |= {"across": "reject", "consent_source": "s", "consent_basis": "b", "consent_proof": "p"}
        async with self.engine.begin() as connection:
            await connection.execute(insert(imports).values(values | columns))
        return import_id

    async def mark(self, import_id: str, **columns: Any) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(update(imports).where(imports.c.id == import_id).values(columns))

    async def row(self, import_id: str) -> Row[Any]:
        async with self.engine.connect() as connection:
            return (await connection.execute(select(imports).where(imports.c.id == import_id))).one()

    async def until(self, import_id: str, *states: str, timeout_s: float = 60) -> Row[Any]:
        async with asyncio.timeout(timeout_s):
            while (row := await self.row(import_id)).state not in states:
                await asyncio.sleep(0.02)
        return row

    async def imported(self, importer: Importer, import_id: str) -> Row[Any]:
        """Carries it out to its end, here."""
        while await importer.step():
            continue
        if (await self.row(import_id)).state == "ready":
            await self.mark(import_id, state="waiting")
            return await self.imported(importer, import_id)
        return await self.row(import_id)

    async def numbers(self, import_id: str) -> set[str]:
        async with self.engine.connect() as connection:
            return set(await connection.scalars(select(leads.c.number).where(leads.c.import_id == import_id)))

    async def rejects(self, import_id: str) -> Counter[tuple[int, str]]:
        query = select(import_rejects.c.row, import_rejects.c.reason).where(import_rejects.c.import_id == import_id)
        async with self.engine.connect() as connection:
            return Counter((row.row, row.reason) for row in await connection.execute(query))

    async def plant(self, planted: Planted, campaign: str) -> None:
        """Puts there what the file's numbers must meet."""
        other = await self.campaign()
        there = [(campaign, number) for number in planted.in_campaign] + [(other, n) for n in planted.in_centre]
        rows = [{"id": new_id(), "campaign_id": of, "number": number} for of, number in there]
        async with self.engine.begin() as connection:
            for table, numbers in ((dnc, planted.dnc), (registered_numbers, planted.registered)):
                said = {"reason": "asked"} if table is dnc else {}
                if numbers:
                    await connection.execute(insert(table), [{"number": number} | said for number in numbers])
            if rows:
                await connection.execute(insert(leads), rows)


@pytest.fixture
def desk(engine: AsyncEngine, tmp_path: Path) -> Desk:
    return Desk(engine, tmp_path / "var" / "imports")


@pytest.fixture
def importer(desk: Desk) -> Importer:
    return Importer(desk.engine, desk.folder, batch=700)


def checked(planted: Planted, row: Row[Any], numbers: set[str], rejects: Counter[tuple[int, str]]) -> None:
    """Exactly the planted faults, each with its reason, and every other row a lead."""
    assert (row.state, row.rows_done, row.rows) == ("done", planted.rows, planted.rows), row.why
    assert numbers == planted.leads and row.accepted == len(numbers)
    assert rejects == planted.rejects
    assert row.rejected == planted.counts()


async def test_planted_faults_are_rejected_each_with_its_reason_and_nothing_else(
    desk: Desk, importer: Importer
) -> None:
    planted, campaign = Planted(3000, SEED), await desk.campaign()
    assert len(planted.counts()) >= 13
    await desk.plant(planted, campaign)
    import_id = await desk.sent(campaign, planted.text().encode("gb18030"))
    row = await desk.imported(importer, import_id)
    checked(planted, row, await desk.numbers(import_id), await desk.rejects(import_id))
    assert row.encoding == "gb18030" and row.without_consent == 0
    assert list(desk.folder.iterdir()) == []  # the file holds numbers: it is gone
    async with desk.engine.connect() as connection:
        kept = (await connection.execute(select(lists).where(lists.c.id == row.list_id))).one()
        stored = select(func.count()).where(leads.c.import_id == import_id, leads.c.list_id == kept.id)
        good = stored.where(leads.c.holder == "stock", leads.c.consent_proof == "p", leads.c.state == "new")
        assert (await connection.execute(good)).scalar_one() == len(planted.leads)
        shown = list(await connection.scalars(select(import_rejects.c.value).where(import_rejects.c.value != "")))
        assert shown and not any(value.replace("*", "").isdigit() and len(value) > 11 for value in shown)


async def test_the_process_killed_at_random_goes_on_and_the_result_is_the_same(
    desk: Desk, postgres: Postgres
) -> None:
    planted, campaign, chance = Planted(ROWS, SEED), await desk.campaign(), random.Random(SEED)
    await desk.plant(planted, campaign)
    import_id = await desk.sent(campaign, planted.text().encode())
    points = sorted(chance.sample(range(1, ROWS), KILLS))
    names = {"TIANZHOU_DATA_DIR": str(desk.folder.parent), "TIANZHOU_DATABASE_URL": postgres.url}
    killed = 0
    for point in [*points, None]:
        with (desk.folder.parent / "numbers.log").open("ab") as log:
            argv = [sys.executable, "-m", "api.numbers.main"]
            process = subprocess.Popen(argv, env=os.environ | names, cwd=REPOSITORY, stdout=log, stderr=log)
        try:
            if (await desk.until(import_id, "ready", "running", "waiting", "done")).state == "ready":
                await desk.mark(import_id, state="waiting")
            async with asyncio.timeout(600):
                while point is not None:
                    row = await desk.row(import_id)
                    if row.rows_done >= point or row.state == "done":
                        break
                    await asyncio.sleep(chance.uniform(0, 0.01))
            if point is None:
                await desk.until(import_id, "done", timeout_s=600)
            killed += point is not None and (await desk.row(import_id)).state != "done"
        finally:
            process.kill()
            process.wait(10)
    row = await desk.row(import_id)
    checked(planted, row, await desk.numbers(import_id), await desk.rejects(import_id))
    seconds = (row.ended_at - row.began_at).total_seconds()
    print(f"\n{ROWS} rows, {killed} of {KILLS} kills in its midst, {seconds:.1f} s with them: {planted.counts()}")
    assert killed


async def work(importer: Importer) -> None:
    """Until nothing is left for it, or it is taken out of its hands."""
    while await importer.step():
        await asyncio.sleep(0)


async def test_two_importers_at_once_do_each_row_once(desk: Desk) -> None:
    planted, campaign = Planted(4000, SEED + 1), await desk.campaign()
    await desk.plant(planted, campaign)
    import_id = await desk.sent(campaign, planted.text().encode())
    both = [Importer(desk.engine, desk.folder, batch=300) for _ in range(2)]
    await asyncio.gather(*map(work, both))
    await desk.mark(import_id, state="waiting")
    await asyncio.gather(*map(work, both))
    await desk.imported(both[0], import_id)
    checked(planted, await desk.row(import_id), await desk.numbers(import_id), await desk.rejects(import_id))
    assert list(desk.folder.iterdir()) == []
    await desk.mark(import_id, state="undoing")
    await asyncio.gather(*map(work, both))
    undone = await desk.row(import_id)
    assert (undone.state, undone.kept, await desk.numbers(import_id)) == ("undone", 0, set())


@pytest.mark.parametrize("state", ["reading", "running", "undoing"])
async def test_an_importer_that_comes_too_late_changes_nothing(desk: Desk, importer: Importer, state: str) -> None:
    campaign = await desk.campaign()
    import_id = await desk.sent(campaign, Planted(50, 1, faulty=0).text().encode(), list_name="late")
    if state != "reading":
        await importer.step()
        await desk.mark(import_id, state="waiting")
        await importer.step()
    if state == "undoing":
        await desk.imported(importer, import_id)
        await desk.mark(import_id, state="undoing")
    before = await desk.row(import_id)
    late = Late(desk.engine, desk.folder, found=before)
    await desk.imported(importer, import_id)
    after = await desk.row(import_id)
    assert not await late.step()
    assert await desk.row(import_id) == after and after.state != before.state


@dataclass
class Late(Importer):
    """Does not look again: it has found its import before others carried it out."""

    found: Row[Any] | None = None

    async def oldest(self) -> Row[Any] | None:
        return self.found


async def begun(desk: Desk, import_id: str) -> Late:
    """An importer that is about to make leads of this import's rows."""
    importer = Late(desk.engine, desk.folder, batch=1000)
    for state in ("reading", "waiting", "running"):
        if state == "waiting":
            await desk.mark(import_id, state=state)
        importer.found = await desk.row(import_id)
        if state != "running":
            await importer.step()
    return importer


async def test_two_files_of_the_same_numbers_at_once_bring_each_number_once(desk: Desk) -> None:
    campaign, planted = await desk.campaign(), Planted(3000, 5, faulty=0)
    lines = planted.text().splitlines()
    contents = ("\n".join(lines), "\n".join([lines[0], *reversed(lines[1:])]))
    ids = [await desk.sent(campaign, content.encode(), list_name=f"l{n}") for n, content in enumerate(contents)]
    both = [await begun(desk, import_id) for import_id in ids]
    assert await asyncio.gather(*(importer.step() for importer in both)) == [True, True]
    rows = [await desk.row(import_id) for import_id in ids]
    numbers = [await desk.numbers(import_id) for import_id in ids]
    assert numbers[0] | numbers[1] == planted.leads and not numbers[0] & numbers[1]
    assert [row.accepted + row.rejected.get("duplicate_in_campaign", 0) for row in rows] == [3000, 3000]


async def test_the_same_file_again_is_refused_until_the_first_was_undone(desk: Desk, importer: Importer) -> None:
    campaign, content = await desk.campaign(), Planted(50, 1, faulty=0).text().encode()
    first = await desk.sent(campaign, content)
    second = await desk.sent(campaign, content)
    assert (await desk.imported(importer, first)).state == "done"
    row = await desk.row(second)
    assert (row.state, row.why) == ("failed", "already_imported")
    elsewhere = await desk.sent(await desk.campaign(), content, across="allow")
    assert (await desk.imported(importer, elsewhere)).accepted == 50
    await desk.mark(first, state="undoing")
    undone = await desk.imported(importer, first)
    assert (undone.state, undone.kept, await desk.numbers(first)) == ("undone", 0, set())
    again = await desk.sent(campaign, content, across="allow")
    assert (await desk.imported(importer, again)).accepted == 50


async def test_an_undo_leaves_what_was_used_meanwhile(desk: Desk, importer: Importer) -> None:
    import_id = await desk.sent(await desk.campaign(), Planted(20, 1, faulty=0).text().encode())
    await desk.imported(importer, import_id)
    some = select(leads.c.id).where(leads.c.import_id == import_id).limit(3)
    async with desk.engine.begin() as connection:
        ids = list(await connection.scalars(some))
        used: list[dict[str, Any]] = [{"attempts": 1}, {"holder": "agent"}, {"state": "claimed"}]
        for lead, values in zip(ids, used, strict=True):
            await connection.execute(update(leads).where(leads.c.id == lead).values(values))
    await desk.mark(import_id, state="undoing")
    row = await desk.imported(importer, import_id)
    assert (row.state, row.kept, len(await desk.numbers(import_id))) == ("undone", 3, 3)


async def test_a_person_of_several_numbers_is_called_on_one_of_them(desk: Desk, importer: Importer) -> None:
    text = "姓名,手机1,手机2,手机3\n张三,13900000001,13900000002,13900000003\n李四,13900000004,,\n"
    campaign = await desk.campaign()
    async with desk.engine.begin() as connection:
        await connection.execute(insert(dnc).values(number="+8613900000001", reason="asked"))
    import_id = await desk.sent(campaign, text.encode())
    row = await desk.imported(importer, import_id)
    assert (row.accepted, row.rejected) == (3, {"dnc": 1})
    query = select(leads).where(leads.c.import_id == import_id).order_by(leads.c.number)
    async with desk.engine.connect() as connection:
        second, third, other = (await connection.execute(query)).all()
    assert [each.state for each in (second, third, other)] == ["new", "waiting", "new"]
    assert second.person_id == third.person_id is not None and other.person_id is None


async def test_without_a_proof_of_consent_the_numbers_wait(desk: Desk, importer: Importer) -> None:
    text = "手机,授权来源,授权依据,授权凭证\n13900000001,网厅,勾选,日志 7\n13900000002,网厅,勾选,\n13900000003,,,\n"
    import_id = await desk.sent(await desk.campaign(), text.encode(), consent_proof="")
    row = await desk.imported(importer, import_id)
    assert (row.accepted, row.without_consent) == (3, 2)
    query = select(leads.c.number).where(leads.c.consent_basis.is_not(None))
    async with desk.engine.connect() as connection:
        assert list(await connection.scalars(query)) == ["+8613900000001"]


async def test_a_file_without_heads_is_understood_by_what_stands_in_it(desk: Desk, importer: Importer) -> None:
    import_id = await desk.sent(await desk.campaign(), "张三,13900000001\n李四,13900000002\n".encode())
    row = await desk.imported(importer, import_id)
    assert (row.heads, row.meanings, row.accepted) == (["#1", "#2"], ["extra", "phone"], 2)
    assert row.sample == [["张三", "139****0001"], ["李四", "139****0002"]]


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"%PDF-1.7", "no_table"), (b"\n \n,,\n", "empty_file"), (b"PK\x03\x04x", "broken_excel")],
)
async def test_a_file_that_cannot_be_read_says_why(desk: Desk, importer: Importer, content: bytes, why: str) -> None:
    import_id = await desk.sent(await desk.campaign(), content)
    row = await desk.imported(importer, import_id)
    assert (row.state, row.why, list(desk.folder.iterdir())) == ("failed", why, [])


@pytest.mark.parametrize("lost", [file_of, plain_of])
async def test_a_file_that_was_lost_says_so(desk: Desk, importer: Importer, lost: Any) -> None:
    import_id = await desk.sent(await desk.campaign(), Planted(5, 1, faulty=0).text().encode())
    if lost is plain_of:
        await importer.step()
        await desk.mark(import_id, state="waiting")
    lost(desk.folder, import_id).unlink()
    row = await desk.imported(importer, import_id)
    assert (row.state, row.why) == ("failed", "file_lost")


async def test_one_that_was_cancelled_in_its_midst_stops(desk: Desk) -> None:
    importer = Importer(desk.engine, desk.folder, batch=100)
    import_id = await desk.sent(await desk.campaign(), Planted(1000, 1, faulty=0).text().encode())
    await importer.step()
    await desk.mark(import_id, state="waiting")
    await importer.step()
    working = asyncio.create_task(importer.step())
    async with asyncio.timeout(20):
        while (await desk.row(import_id)).rows_done < 200:
            await asyncio.sleep(0.001)
    await desk.mark(import_id, state="done")
    await working
    row = await desk.row(import_id)
    assert row.state == "done" and row.rows_done == row.accepted < 1000
