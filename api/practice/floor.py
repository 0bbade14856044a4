"""`python -m api.practice.floor`: practice agents at work, as clients of our own api. Only SIGTERM ends it."""

import asyncio
import json
import random
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from api.errors import DATABASE_FAULTS, Conflict
from api.practice.rules import THINKING_S, WEIGHTS, Deed, Seen, next_deed
from api.practice.service import campaign_id, top_up_leads
from dialer import logs
from dialer.machine import Paths, load_ports
from dialer.settings import settings
from dialer.store.database import database_url, make_engine

log = structlog.get_logger()

POLL_S = 0.5
RETRY_S = 2.0
TOP_UP_S = 60.0
END_WITHIN_S = 2.5
HTTP_TIMEOUT_S = 12.0  # the api itself gives up on the engine after 10
SESSION = "/agents/me/session"


@dataclass(frozen=True)
class Login:
    """A practice agent's account."""

    username: str
    password: str = field(repr=False)


@dataclass
class Board:
    """What the floor should do now, as the api says."""

    count: int = 0
    campaign_id: str | None = None


class Worker:
    """One practice agent."""

    def __init__(self, http: httpx.AsyncClient, login: Login, place: int, board: Board, dice: random.Random) -> None:
        self._http, self._login, self._place, self._board, self._dice = http, login, place, board, dice
        self._headers: dict[str, str] = {}
        self._disposed: str | None = None
        self._has_session = False

    @property
    def place(self) -> int:
        """Which of the agents it is; the log names nobody."""
        return self._place

    async def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        """One request; a token that is gone is fetched anew first. Raises httpx.HTTPError."""
        if not self._headers:
            await self._log_in()
        response = await self._http.request(method, path, json=body, headers=self._headers)
        if response.status_code == 401:
            self._headers = {}
        return response

    async def step(self) -> float:
        """Looks, does one thing, says how many seconds to wait. Raises httpx.HTTPError."""
        seen = await self._look()
        match next_deed(seen):
            case Deed.START:
                return await self._do("POST", SESSION, {"campaign_id": self._board.campaign_id})
            case Deed.GET_READY:
                return await self._do("PATCH", SESSION, {"state": "ready"})
            case Deed.END:
                return await self._do("DELETE", SESSION)
            case Deed.DISPOSE:
                return await self._dispose(str(seen.call_id))
        return POLL_S

    async def leave(self) -> None:
        """Ends the session, if there is one. Raises httpx.HTTPError."""
        if self._has_session:
            await self.ask("DELETE", SESSION)

    async def _look(self) -> Seen:
        is_wanted = self._place < self._board.count and self._board.campaign_id is not None
        response = await self.ask("GET", SESSION)
        self._has_session = response.status_code == 200
        if response.status_code == 404:
            return Seen(is_wanted, None)
        response.raise_for_status()
        session = response.json()
        call = session["call"]
        return Seen(is_wanted, session["state"], call["id"] if call else None, self._disposed)

    async def _dispose(self, call_id: str) -> float:
        await asyncio.sleep(self._dice.uniform(*THINKING_S))
        code = self._dice.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        wait = await self._do("POST", f"/calls/{call_id}/disposition", {"disposition": code})
        self._disposed = call_id if wait == POLL_S else None
        return wait

    async def _do(self, method: str, path: str, body: dict[str, Any] | None = None) -> float:
        response = await self.ask(method, path, body)
        if response.is_success:
            return POLL_S
        reason = _reason(response)
        log.info("not done", action="practice_refused", agent=self._place, method=method, reason=reason)
        return RETRY_S

    async def _log_in(self) -> None:
        form = {"username": self._login.username, "password": self._login.password}
        response = await self._http.post("/auth/token", data=form)
        response.raise_for_status()
        self._headers = {"Authorization": f"Bearer {response.json()['access_token']}"}


async def run_floor(http: httpx.AsyncClient, logins: list[Login], stopping: asyncio.Event) -> None:
    """Works until `stopping`, then ends all sessions within END_WITHIN_S."""
    board = Board()
    workers = [
        Worker(http, login, place, board, random.Random())  # noqa: S311 - behaviour, not a secret
        for place, login in enumerate(logins)
    ]
    tasks = [asyncio.create_task(_work(worker)) for worker in workers]
    tasks.append(asyncio.create_task(_watch(workers[0], board)))
    await stopping.wait()
    await _cancel(tasks)
    with suppress(TimeoutError):
        async with asyncio.timeout(END_WITHIN_S):
            await asyncio.gather(*(worker.leave() for worker in workers), return_exceptions=True)


async def keep_leads(engine: AsyncEngine) -> None:
    """Until cancelled, sees each minute that leads are left."""
    while True:
        try:
            async with engine.begin() as connection:
                added = await top_up_leads(connection, await campaign_id(connection))
            if added:
                log.info("leads added", action="practice_leads", count=added)
        except (*DATABASE_FAULTS, Conflict) as error:
            log.warning("no leads added", action="practice_leads_failed", error=type(error).__name__)
        await asyncio.sleep(TOP_UP_S)


def read_logins(path: Path) -> list[Login]:
    """The practice agents' accounts. Raises FileNotFoundError before the seed."""
    return [Login(**entry) for entry in json.loads(path.read_text())["practice_agents"]]


async def _work(worker: Worker) -> None:
    while True:
        try:
            wait = await worker.step()
        except (httpx.HTTPError, ValueError, KeyError) as error:
            log.warning("no answer", action="practice_error", agent=worker.place, error=type(error).__name__)
            wait = RETRY_S
        await asyncio.sleep(wait)


async def _watch(first: Worker, board: Board) -> None:
    while True:
        try:
            response = await first.ask("GET", "/practice/agents")
            response.raise_for_status()
            told = response.json()
            board.count, board.campaign_id = int(told["count"]), str(told["campaign_id"])
        except (httpx.HTTPError, ValueError, KeyError) as error:
            log.warning("no answer", action="practice_error", agent=first.place, error=type(error).__name__)
        await asyncio.sleep(RETRY_S)


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _reason(response: httpx.Response) -> str:
    try:
        return str(response.json()["reason"])
    except (ValueError, KeyError, TypeError):
        return str(response.status_code)


async def _main() -> None:
    here = settings()
    paths = Paths(here.root)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    base = f"http://{here.http_host}:{load_ports(paths).http}/api/v1"
    engine = make_engine(database_url(here), pool_size=1)
    leads = asyncio.create_task(keep_leads(engine))
    async with httpx.AsyncClient(base_url=base, timeout=HTTP_TIMEOUT_S, trust_env=False) as http:
        await run_floor(http, read_logins(paths.logins_file), stopping)
    await _cancel([leads])
    await engine.dispose()


def main() -> int:
    """0 after an ordered stop."""
    logs.configure("practice")
    asyncio.run(_main())
    return 0


if __name__ == "__main__":
    sys.exit(main())
