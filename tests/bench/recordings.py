"""Recordings: seals against real time, verification of ten thousand calls, memory of four hours, the first byte."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from sqlalchemy import insert
from uuid_utils.compat import uuid7

from api.auth.roles import Role
from dialer.core.ledger import Entry, EntryKind
from dialer.machine import Paths
from dialer.store import embedded, ledger
from dialer.store.database import make_engine
from dialer.store.migrate import create_embedded_database, migrate
from dialer.store.tables import attempts
from recordings.audio import Pcm, write_flac
from recordings.envelope import encrypt
from recordings.peaks import Shape
from recordings.records import ledger_body
from recordings.seal_rules import SEALED
from recordings.storage import keys_of
from recordings.tables import recording_keys, recordings
from recordings.vault import Made
from recordings.verify import Sources, verify
from recordings.wav import RATE, header_of, inspect
from tests.api.office import V1, Office
from tests.api.streams import served
from tests.bench.meters import load
from tests.database.recordings_world import CAMPAIGN, World
from tests.database.test_recordings_verify import ZONE, cdr_line

REPOSITORY = Path(__file__).parents[2]
SEALS, SEAL_S = 5, 600
SOUNDS, SOUND_S = 8, 15
SIZES = (2500, 5000, 10_000)
BATCH = 250
PLAYS, LONG_S = 300, 4 * 3600
MINUTE = 60


@dataclass(frozen=True)
class Sound:
    """One of the few audios that many calls share; each call encrypts it by its own key."""

    made: Made
    flac_bytes: int


async def measure(root: Path, most: int) -> None:
    """All of it, one after the other; prints as it goes."""
    paths = Paths(root)
    owner = embedded.url(paths, embedded.OWNER)
    await create_embedded_database(owner)
    await migrate(owner)
    engine = make_engine(embedded.url(paths), statement_s=300)
    world = World(engine, root / "data")
    world.work.mkdir()
    await _seals(world)
    await _verifications(world, [size for size in SIZES if size <= most] or [most])
    await _memory(world, embedded.url(paths))
    await _plays(world)
    await engine.dispose()


async def _seals(world: World) -> None:
    """From two WAV legs to the stored, encrypted, verified object: the CPU of this process."""
    legs = [inspect(_leg(world.root / f"{name}.wav", SEAL_S, n)) for n, name in enumerate(("agent", "customer"))]
    vault = world.vault
    begun, cpu = time.perf_counter(), time.process_time()
    for _ in range(SEALS):
        shape, flac = Shape(SEAL_S * RATE), world.work / "seal.flac"
        pcm = write_flac(legs[0], legs[1], flac, shape.add)
        await vault.keep(str(uuid7()), datetime.now(UTC), Made(flac, pcm, shape.kept()), vault.keys.make())
    took, cpu = time.perf_counter() - begun, time.process_time() - cpu
    each = f"{SEALS} seals of {SEAL_S // MINUTE} minutes: {cpu / SEALS:.2f} s of CPU, {took / SEALS:.2f} s each"
    print(f"{each}; {SEALS * SEAL_S / cpu:.0f} times real time per core (by the clock {SEALS * SEAL_S / took:.0f})")
    shutil.rmtree(world.root / "recordings")


async def _verifications(world: World, sizes: list[int]) -> None:
    """Every check of `tianzhou verify`, over ever more calls; each has an object and a key of its own."""
    sounds = [_sound(world, n) for n in range(SOUNDS)]
    cdr, count = world.root / "Master.csv", 0
    key = world.signer().public
    for size in sizes:
        while count < size:
            await _make_calls(world, [sounds[(count + n) % SOUNDS] for n in range(BATCH)], cdr)
            count += BATCH
        sources = Sources(world.engine, world.vault, cdr, world.spool, world.node, ZONE, world.paths.checkpoints, key)
        begun, cpu = time.perf_counter(), time.process_time()
        report = await verify(sources)
        took, cpu = time.perf_counter() - begun, time.process_time() - cpu
        assert report.objects == size and not report.differences, report.differences[:3]
        stored = sum(file.stat().st_size for file in (world.root / "recordings").rglob("*.flac")) / 2**20
        rest = f"{cpu:.1f} s of CPU, {took / size * 1000:.2f} ms each; {stored:.0f} MB of objects; {load()}"
        print(f"verify of {size} calls: {took:.1f} s, {rest}", flush=True)
    begun = time.perf_counter()
    newest = (await _some_calls(world, 1))[0]
    await verify(sources, call=newest)
    print(f"verify of one of them: {time.perf_counter() - begun:.1f} s (the whole ledger with it)")


async def _memory(world: World, url: str) -> None:
    """The most that a real worker ever held while it sealed four hours of talk."""
    legs = {name: _leg(world.root / f"{name}.wav", SEAL_S, n) for n, name in enumerate(("agent", "customer"))}
    call = await world.attempt()
    for name, leg in legs.items():
        pcm = leg.read_bytes()[len(header_of(0)) :]
        with (world.spool / f"{call}-{name}.wav").open("wb") as out:
            out.write(header_of(LONG_S * RATE))
            for _ in range(LONG_S // SEAL_S):
                out.write(pcm)
    names = {"TIANZHOU_DATA_DIR": str(world.root), "TIANZHOU_DATABASE_URL": url}
    with (world.root / "worker.log").open("ab") as log:
        argv = [sys.executable, "-m", "recordings.main"]
        worker = subprocess.Popen(argv, env=os.environ | names, cwd=REPOSITORY, stdout=log, stderr=log)
    begun, most = time.perf_counter(), 0.0
    try:
        while await world.row(call) is None:
            assert worker.poll() is None and time.perf_counter() - begun < 600, "the worker did not seal it"
            most = max(most, _most_mb(worker.pid))
            await asyncio.sleep(0.1)
        most = max(most, _most_mb(worker.pid))
    finally:
        worker.terminate()
        worker.wait(30)
    row = await world.row(call)
    assert row is not None
    print(f"a call of {LONG_S // 3600} hours ({row.bytes / 2**20:.0f} MB): the worker held {most:.0f} MB at most")


async def _plays(world: World) -> None:
    """From the request to the first byte of sound, on a real server, a recording never heard before each time."""
    taken: list[float] = []
    calls = await _some_calls(world, PLAYS)
    async with served(world.engine, world.vault) as api, httpx.AsyncClient(base_url=api.url, timeout=20) as http:
        who = await Office(api.app, http, world.engine).someone(Role.MANAGER)
        for n, call in enumerate(calls):
            asked = who.headers | ({"Range": "bytes=60000-"} if n % 2 else {})
            begun = time.perf_counter()
            async with http.stream("GET", f"{V1}/recordings/{call}/audio", headers=asked) as answer:
                await anext(answer.aiter_raw())
                taken.append((time.perf_counter() - begun) * 1000)
                assert answer.status_code in (200, 206), answer.status_code
    ordered = sorted(taken)
    p50, p99 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
    print(f"first byte of {len(taken)} recordings, half of them from the middle: p50 {p50:.1f} ms, p99 {p99:.1f} ms")


def _sound(world: World, n: int) -> Sound:
    leg = inspect(_leg(world.root / "sound.wav", SOUND_S, n + 10))
    flac, shape = world.root / f"sound-{n}.flac", Shape(leg.samples)
    pcm = write_flac(leg, leg, flac, shape.add)
    return Sound(Made(flac, pcm, shape.kept()), flac.stat().st_size)


async def _make_calls(world: World, sounds: list[Sound], cdr: Path) -> None:
    """Calls as the engine and the worker leave them: rows, ledger, key, object, Asterisk's record."""
    now = datetime.now(UTC)
    made = [await asyncio.to_thread(_make_call, world, sound, now) for sound in sounds]
    async with world.engine.begin() as connection:
        await connection.execute(insert(attempts), [call.attempt for call in made])
        await connection.execute(insert(recording_keys), [call.key for call in made])
        await connection.execute(insert(recordings), [call.row for call in made])
        await ledger.append(connection, [entry for call in made for entry in call.entries])
    with cdr.open("a") as out:
        out.writelines(cdr_line(call.attempt["id"]) for call in made)


@dataclass(frozen=True)
class _Call:
    attempt: dict[str, Any]
    key: dict[str, Any]
    row: dict[str, Any]
    entries: list[Entry]


def _make_call(world: World, sound: Sound, now: datetime) -> _Call:
    call, vault, made = str(uuid7()), world.vault, sound.made
    own = vault.keys.make()
    place = keys_of(call, now)[0]
    target = world.root / "recordings" / place
    target.parent.mkdir(parents=True, exist_ok=True)
    envelope = encrypt(made.flac, made.peaks, target, vault.keys.unwrap(own), call, own.key_id)
    row = _row(call, place, made.pcm, now) | {
        "key_id": own.key_id,
        "bytes": envelope.object_bytes,
        "object_sha256": envelope.object_sha256,
        "flac_bytes": envelope.flac_bytes,
        "flac_sha256": envelope.flac_sha256,
    }
    body = ledger_body({name: row[name] for name in SEALED})
    entries = [
        Entry(EntryKind.INTENT, call, now, {"mode": "progressive"}),
        Entry(EntryKind.SEAL, call, now, json.loads(json.dumps(body))),
    ]
    key = {"attempt_id": call, "key_id": own.key_id, "wrapped": own.wrapped}
    return _Call(_attempt(call, world.node, now), key, row, entries)


def _row(call: str, place: str, pcm: Pcm, now: datetime) -> dict[str, Any]:
    return {
        **{"attempt_id": call, "campaign_id": CAMPAIGN, "number": "+8613800000000", "started_at": now},
        **{"status": "present", "reason": None, "storage_key": place, "sha256_pcm": pcm.sha256, "rate": pcm.rate},
        **{"channels": pcm.channels, "samples": pcm.samples, "talk_s": None, "difference_s": None},
        **{"repaired": False, "lost_s": None, "sealed_at": now},
    }


def _attempt(call: str, node: str, now: datetime) -> dict[str, Any]:
    answered = {"answered_at": now - timedelta(minutes=3), "ended_at": now - timedelta(minutes=2)}
    fixed = {"mode": "progressive", "trunk": "practice", "token": 1, "dial_result": "answered"}
    return {"id": call, "campaign_id": CAMPAIGN, "number": "+8613800000000", "node": node, "opened_at": now} | (
        answered | fixed
    )


async def _some_calls(world: World, count: int) -> list[str]:
    async with world.engine.connect() as connection:
        query = recordings.select().with_only_columns(recordings.c.attempt_id).limit(count)
        return list(await connection.scalars(query.order_by(recordings.c.attempt_id)))


def _leg(file: Path, seconds: int, seed: int) -> Path:
    """Something that packs like speech: noise whose strength goes up and down."""
    file.write_bytes(header_of(seconds * RATE) + b"".join(_talk(seconds, seed)))
    return file


def _talk(seconds: int, seed: int) -> Iterator[bytes]:
    chance = np.random.default_rng(seed)
    for begin in range(0, seconds, MINUTE):
        times = np.arange(min(MINUTE, seconds - begin) * RATE) / RATE + begin
        strength = np.abs(np.sin(times * (seed % 7 + 2))) * 3000
        yield (chance.standard_normal(len(times)) * strength).astype("<i2").tobytes()


def _most_mb(pid: int) -> float:
    """The peak of its resident memory so far, from the kernel."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0
