"""Imports: rows a second through every check by the size of the file, their memory, and the least beside them."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import psutil
from sqlalchemy import Row, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from api.ids import new_id
from api.numbers.importer import file_of
from api.numbers.tables import imports
from dialer.machine import Paths
from dialer.store import embedded
from dialer.store.database import make_engine
from dialer.store.migrate import create_embedded_database, migrate
from dialer.store.tables import campaigns
from tests.bench.meters import load, memory
from tests.conftest import start_postgres

REPOSITORY = Path(__file__).parents[2]
EARNEST = ("fsync=on",)  # what is committed is on disk, as supervisord starts it
LOOK_S = 0.2
TIME_OUT_S = 3600
KNOWN = 50_000  # numbers of each kind that the file's must meet
PIECE = 20_000  # rows of one COPY of the least
CHECKS = """
insert into dnc (number, reason) select '+86137' || lpad(n::text, 8, '0'), 'asked' from generate_series(1, :n) n;
insert into dnc_prefixes (prefix, reason) values ('+86170', 'bench'), ('+8617100', 'bench'), ('+861720001', 'bench');
insert into registered_numbers (number) select '+86136' || lpad(n::text, 8, '0') from generate_series(1, :n) n;
insert into leads (id, campaign_id, number) select gen_random_uuid(), :other, '+86135' || lpad(n::text, 8, '0')
    from generate_series(1, :n) n;
"""
LEAST = ("id", "campaign_id", "list_id", "import_id", "number", "name", "region", "fields")


@dataclass(frozen=True)
class Figures:
    """Of one file: seconds from the bytes to the columns, and from there to the leads; the most memory, in MB."""

    rows: int
    accepted: int
    rejected: int
    read_s: float
    import_s: float
    least_s: float
    pss: float
    server_s: float


def measure(root: Path, sizes: list[int]) -> list[Figures]:
    """Each size on a server of its own."""
    found = []
    for size in sizes:
        paths = Paths(root / str(size))
        paths.root.mkdir()
        with start_postgres(paths, EARNEST) as server:
            found.append(asyncio.run(_measured(paths, server.pid, size)))
        print(f"{size:,} rows done; {load()}", flush=True)
    return found


def show(found: list[Figures]) -> None:
    """A line for each size, and how the largest compares with the smallest."""
    print("the least: COPY of as many ready leads into `leads`, with its indexes and keys, and no check")
    print(f"{'rows':>10}{'leads':>10}{'rejects':>9}{'read rows/s':>13}{'rows/s':>9}{'both':>9}{'least':>9}", end="")
    print(f"{'ratio':>7}{'MB at most':>12}{'server CPU':>12}")
    for each in found:
        both = each.rows / (each.read_s + each.import_s)
        speeds = (each.rows / each.read_s, each.rows / each.import_s, both, each.accepted / each.least_s)
        print(f"{each.rows:>10,}{each.accepted:>10,}{each.rejected:>9,}", end="")
        print(f"{speeds[0]:>13,.0f}{speeds[1]:>9,.0f}{speeds[2]:>9,.0f}{speeds[3]:>9,.0f}", end="")
        print(f"{speeds[3] / speeds[1]:>7.2f}{each.pss:>12.0f}{each.server_s:>10.1f} s")
    first, last = found[0], found[-1]
    speed = (first.import_s / first.rows) / (last.import_s / last.rows)
    figures = f"{speed:.2f} of the speed, {last.pss / first.pss:.2f} of the memory"
    print(f"{last.rows:,} beside {first.rows:,} rows: {figures}")


async def _measured(paths: Paths, server: int, size: int) -> Figures:
    owner = embedded.url(paths, embedded.OWNER)
    await create_embedded_database(owner)
    await migrate(owner)
    engine = make_engine(embedded.url(paths), pool_size=1, statement_s=TIME_OUT_S)
    import_id = await _sent(engine, paths.imports, await _centre(engine), size)
    row, read_s, most, server_s = await _imported(engine, paths, import_id, server)
    await engine.dispose()
    import_s, rejected = (row.ended_at - row.began_at).total_seconds(), sum(row.rejected.values())
    return Figures(size, row.accepted, rejected, read_s, import_s, await _least(paths, row), most, server_s)


async def _centre(engine: AsyncEngine) -> str:
    """A campaign, another one whose numbers are in use, do-not-call numbers and customers."""
    ids = [new_id(), new_id()]
    common = {"product": "p", "region": "r", "mode": "progressive", "caller_id": "10010"}
    async with engine.begin() as connection:
        await connection.execute(insert(campaigns), [common | {"id": each, "name": each} for each in ids])
        for statement in CHECKS.strip().split(";\n"):
            await connection.execute(text(statement.rstrip(";")), {"n": KNOWN, "other": ids[1]})
    return ids[0]


def _lines(size: int) -> Iterator[str]:
    """A region's file: one row in fifty is none, each check meets some of its numbers, the others are mixed up."""
    heads = ("137", "136", "135", "170")
    yield "姓名,手机号,地区,套餐,备注\n"
    for n in range(size):
        number = f"{heads[n // 100 % 4]}{n // 400 + 1:08d}" if n % 100 == 0 else f"139{n * 7_368_787 % 10**8:08d}"
        if n % 100 == 50:
            number = f"139{(n - 1) * 7_368_787 % 10**8:08d}"  # stands above
        yield f"客户{n},{number},{'广州深圳佛山东莞'[n % 4 * 2 : n % 4 * 2 + 2]},5G 畅享 {n % 7},第{n % 1000}号\n"


async def _sent(engine: AsyncEngine, folder: Path, campaign: str, size: int) -> str:
    import_id = new_id()
    folder.mkdir(parents=True)
    with file_of(folder, import_id).open("w", encoding="utf-8") as out:
        out.writelines(_lines(size))
    values: dict[str, Any] = {"id": import_id, "campaign_id": campaign, "list_name": "l", "region": "广东"}
    values |= {"file_name": "f.csv", "size_bytes": 1, "received_bytes": 1, "created_by": new_id(), "state": "reading"}
    values |= {"across": "reject", "consent_source": "hall", "consent_basis": "written", "consent_proof": "3-12"}
    async with engine.begin() as connection:
        await connection.execute(insert(imports).values(values))
    return import_id


async def _imported(
    engine: AsyncEngine, paths: Paths, import_id: str, server: int
) -> tuple[Row[Any], float, float, float]:
    """The row at its end, seconds of reading, the most memory in MB, the server's seconds of CPU."""
    names = {"TIANZHOU_DATA_DIR": str(paths.root), "TIANZHOU_DATABASE_URL": embedded.url(paths)}
    with (paths.root / "numbers.log").open("ab") as log:
        argv = [sys.executable, "-m", "api.numbers.main"]
        process = subprocess.Popen(argv, env=os.environ | names, cwd=REPOSITORY, stdout=log, stderr=log)
    found: list[float] = []
    watching = asyncio.create_task(_watch_memory(process.pid, found))
    try:
        began = time.monotonic()
        await _until(engine, import_id, "ready")
        read_s, before = time.monotonic() - began, _server_s(server)
        async with engine.begin() as connection:
            await connection.execute(update(imports).where(imports.c.id == import_id).values(state="waiting"))
        row = await _until(engine, import_id, "done")
        return row, read_s, max(found), _server_s(server) - before
    finally:
        watching.cancel()
        process.kill()
        process.wait(10)


async def _watch_memory(pid: int, found: list[float]) -> None:
    while True:
        with suppress(psutil.NoSuchProcess):  # a child that has just ended
            found.append((await asyncio.to_thread(memory, pid)).pss)
        await asyncio.sleep(LOOK_S)


def _server_s(pid: int) -> float:
    times = [each.cpu_times() for each in psutil.Process(pid).children()]
    return float(sum(each.user + each.system for each in times))


async def _until(engine: AsyncEngine, import_id: str, state: str) -> Row[Any]:
    async with asyncio.timeout(TIME_OUT_S):
        while True:
            async with engine.connect() as connection:
                row = (await connection.execute(select(imports).where(imports.c.id == import_id))).one()
            if row.state == state:
                return row
            assert row.state != "failed", row.why
            await asyncio.sleep(LOOK_S)


async def _least(paths: Paths, row: Row[Any]) -> float:
    """Seconds of COPY for as many leads."""
    folder = str(embedded.socket_folder(paths))
    connection = await asyncpg.connect(host=folder, user=embedded.APPLICATION, database=embedded.DATABASE)
    began = time.monotonic()
    for start in range(0, row.accepted, PIECE):
        numbers = (f"+86138{n * 7_368_787 % 10**8:08d}" for n in range(start, min(start + PIECE, row.accepted)))
        same = (row.campaign_id, row.list_id, row.id)
        records = [(new_id(), *same, number, "客户", "广州", "{}") for number in numbers]
        await connection.copy_records_to_table("leads", records=records, columns=LEAST)
    await connection.close()
    return time.monotonic() - began
