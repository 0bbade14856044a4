"""`python -m api.practice.seed`: the practice floor's phones, people, campaign, leads. May run again any time."""

import asyncio
import json
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.auth.accounts import create_user, find_user, set_password
from api.auth.roles import Role
from api.ids import new_id
from api.practice.schemas import AGENTS
from api.practice.service import CAMPAIGN, top_up_leads
from dialer.core.presets import PRACTICE
from dialer.machine import Paths, load_secrets
from dialer.settings import settings
from dialer.store.database import database_url, make_engine
from dialer.store.tables import campaigns, phones

log = structlog.get_logger()

FIRST_EXTENSION = 1001
PASSWORD_BYTES = 12
CALLER_ID = "10010"
CAMPAIGNS_CHANNEL = "tianzhou_campaigns"


@dataclass(frozen=True)
class Wanted:
    """A person of the practice floor."""

    username: str
    name: str
    role: Role
    extension: str | None


def people() -> list[Wanted]:
    """The practice agents and one person for each role; the human agent sits at the phone after theirs."""
    floor = [
        Wanted(f"agent{n}", f"练习话务员 {n}", Role.AGENT, str(FIRST_EXTENSION + n - 1)) for n in range(1, AGENTS + 1)
    ]
    human = Wanted(f"agent{AGENTS + 1}", "话务员", Role.AGENT, str(FIRST_EXTENSION + AGENTS))
    others = [Wanted(role.value, role.value.replace("_", " ").title(), role, None) for role in Role]
    return [*floor, human, *(other for other in others if other.role is not Role.AGENT)]


async def seed(engine: AsyncEngine, logins_file: Path, secrets_of_phones: Mapping[str, str], zone: str) -> None:
    """Makes what is missing. Users whose password is not in the file get a new one; the file is written last."""
    known = _read_logins(logins_file)
    async with engine.begin() as connection:
        await _keep_phones(connection, secrets_of_phones)
        logins = {who.username: await _keep_user(connection, who, known) for who in people()}
        campaign = await _keep_campaign(connection, zone)
        added = await top_up_leads(connection, campaign)
    _write_logins(logins_file, logins)
    log.info("seeded", action="practice_seeded", people=len(logins), leads_added=added)


async def _keep_phones(connection: AsyncConnection, secrets_of_phones: Mapping[str, str]) -> None:
    rows = [{"extension": extension, "secret": secret} for extension, secret in secrets_of_phones.items()]
    put = insert(phones)
    put = put.on_conflict_do_update(index_elements=["extension"], set_={"secret": put.excluded.secret})
    await connection.execute(put, rows)


async def _keep_user(connection: AsyncConnection, who: Wanted, known: Mapping[str, str]) -> str:
    """The person's password, kept or new."""
    user_id = await find_user(connection, who.username)
    if user_id is not None and who.username in known:
        return known[who.username]
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    if user_id is None:
        await create_user(connection, who.username, who.name, password, [who.role], who.extension)
    else:
        await set_password(connection, user_id, password)
    return password


async def _keep_campaign(connection: AsyncConnection, zone: str) -> str:
    values: dict[str, Any] = {
        "id": new_id(),
        "name": CAMPAIGN,
        "product": "练习",
        "region": "练习",
        "script": "您好，这里是练习台。",
        "mode": "progressive",
        "state": "running",
        "caller_id": CALLER_ID,
        "zone": zone,
        "preset": PRACTICE,
        # practice never closes: no real person is called, and a newcomer may come at any hour
        "opens_at": time(0),
        "closes_at": time(23, 59, 59),
        "closing_margin_s": 0,
        "ring_s": 20,
        "wrap_up_s": 15,
        "max_attempts": 3,
        "retry_after_s": 60,
    }
    put = insert(campaigns).values(values)
    put = put.on_conflict_do_update(
        index_elements=["name"], set_={name: values[name] for name in ("state", "zone", "preset")}
    )
    campaign: str = (await connection.execute(put.returning(campaigns.c.id))).scalar_one()
    await connection.execute(select(func.pg_notify(CAMPAIGNS_CHANNEL, campaign)))
    return campaign


def _read_logins(path: Path) -> dict[str, str]:
    """Passwords by user name; a file that cannot be read counts as gone."""
    try:
        held = json.loads(path.read_text())
        entries = [*held.pop("practice_agents"), *held.values()]
        return {str(entry["username"]): str(entry["password"]) for entry in entries}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}


def _write_logins(path: Path, logins: Mapping[str, str]) -> None:
    entries = [(who.role, {"username": who.username, "password": logins[who.username]}) for who in people()]
    value: dict[str, Any] = {role.value: entry for role, entry in entries}  # the human is the last agent
    value["practice_agents"] = [entry for _role, entry in entries[:AGENTS]]
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump(value, out, indent=2, ensure_ascii=False)
    part.replace(path)


async def _main() -> None:
    here = settings()
    paths = Paths(here.root)
    engine = make_engine(database_url(here), pool_size=1)
    try:
        await seed(engine, paths.logins_file, load_secrets(paths).phones, here.zone)
    finally:
        await engine.dispose()


def main() -> int:
    """0 when everything is there."""
    asyncio.run(_main())
    return 0


if __name__ == "__main__":
    sys.exit(main())
