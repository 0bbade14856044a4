"""schemathesis against the whole OpenAPI document, over a real server: no fault, nothing that is not documented."""

import asyncio
import os
import socket
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import uvicorn
from fastapi import FastAPI
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import Receive, Scope, Send

from api import examples
from api.app import create_app
from api.auth.passwords import hash_password
from api.auth.roles import Role
from api.auth.tables import auth_sessions, users
from api.ids import new_id
from recordings.audio import decode_flac
from recordings.vault import Vault
from tests.api.office import NODE, V1, ZONE, Office, Someone, engine_side

SEED = "20261124"
CASES = "4"  # of each operation and phase
TIME_S = 1200  # 428 s were seen beside two other runs; a stuck one ends
CONFIG = Path(__file__).parent / "schemathesis.toml"


class Restoring:
    """The app, and after each logout the sessions again: the run has one login and must not end it."""

    def __init__(self, app: FastAPI, engine: AsyncEngine) -> None:
        self._app, self._engine = app, engine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)
        if scope["type"] == "http" and scope["method"] == "DELETE":
            async with self._engine.begin() as connection:
                await connection.execute(update(auth_sessions).values(revoked_at=None))


@asynccontextmanager
async def serving(app: FastAPI, engine: AsyncEngine) -> AsyncIterator[str]:
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(Restoring(app, engine), log_level="error", access_log=False))
    running = asyncio.create_task(server.serve([listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
        listening.close()


async def furnish(office: Office, vault: Vault, folder: Path, one: str) -> Someone:
    """One of everything under the id `one`, and a person of all roles."""
    who = await office.someone(*Role, username="manager", extension="1001")
    async with office.engine.begin() as connection:
        password = await hash_password("correct horse battery")  # as in the document's examples
        await connection.execute(update(users).values(password_hash=password))
    await office.campaign(id=one, name="one")
    await office.call(id=one, campaign_id=one, agent_id=who.id)
    await office.session(who.id, one, attempt_id=one)
    noise = np.random.default_rng(7).integers(-3000, 3000, (800, 2), dtype=np.int16)
    soundfile.write(folder / "a.flac", noise, 8000, subtype="PCM_16")
    pcm = decode_flac(folder / "a.flac")
    await vault.storage.put_new("a.flac", folder / "a.flac")
    form = {"rate": pcm.rate, "channels": pcm.channels, "samples": pcm.samples, "bytes": 1000}
    await office.recording(attempt_id=one, agent_id=who.id, storage_key="a.flac", sha256_pcm=pcm.sha256, **form)
    return who


async def run(url: str, who: Someone, folder: Path) -> tuple[int, str]:
    """schemathesis in a process of its own: its exit code and what it printed."""
    argv = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run", f"{url}{V1}/openapi.json"]
    argv += [
        "--seed",
        SEED,
        "--max-examples",
        CASES,
        "--workers",
        "1",
        "--no-color",
        "--exclude-path",
        f"{V1}/events",
    ]
    argv += ["--header", f"Authorization: {who.headers['Authorization']}", "--request-timeout", "30"]
    env = {**os.environ, "NO_PROXY": "127.0.0.1", "HYPOTHESIS_STORAGE_DIRECTORY": str(folder)}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *argv, cwd=folder, env=env, stdout=pipe, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(TIME_S):
        out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


async def test_the_whole_api_keeps_its_word(
    office: Office, vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = new_id()
    monkeypatch.setitem(examples.FORMATS, "uuid", one)  # so the examples of the document find something
    who = await furnish(office, vault, tmp_path, one)
    app = create_app(office.engine, vault, NODE, ZONE, engine_timeout_s=3)
    script: defaultdict[str, tuple[str, dict[str, Any]]]
    script = defaultdict(lambda: ("done", {"session_id": one, "call_id": one}))
    script["recorder.self_test"] = ("done", {"id": one, "ok": True, "why": ""})
    async with engine_side(office, script), serving(app, office.engine) as url:
        code, told = await run(url, who, tmp_path)
    print(told)
    assert code == 0, told
