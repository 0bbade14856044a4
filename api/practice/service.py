"""The practice floor's settings and its leads, in the database."""

import random
from typing import Any

from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.sessions import Person
from api.commands import CommandKind, ask_engine
from api.context import Context
from api.errors import Conflict, Invalid
from api.ids import new_id
from api.practice.schemas import AGENTS, Customers, CustomersChange, PracticeFloor
from api.practice.tables import practice_settings
from dialer.store.tables import campaigns, leads, lists

CAMPAIGN = "练习 Practice"
REGION = "练习"
LEADS, LEADS_LOW = 5_000, 1_000


async def floor(connection: AsyncConnection) -> PracticeFloor:
    """What the floor should do now. Raises Conflict outside practice."""
    stored = await _read(connection, "agents")
    return PracticeFloor(count=stored.get("count", AGENTS), campaign_id=await campaign_id(connection))


async def set_agents(connection: AsyncConnection, count: int) -> PracticeFloor:
    """Says how many agents work; the floor follows within seconds. Raises Conflict outside practice."""
    practice = await campaign_id(connection)
    await _write(connection, "agents", {"count": count})
    return PracticeFloor(count=count, campaign_id=practice)


async def set_customers(here: Context, who: Person, change: CustomersChange) -> Customers:
    """Has the carrier's customers behave anew and keeps it. Raises Conflict, Invalid, Refused, EngineUnavailable."""
    async with here.engine.connect() as connection:
        await campaign_id(connection)
        stored = await _read(connection, "customers")
    wanted = _merged(stored, change)
    await ask_engine(here.desk, here.node, CommandKind.PRACTICE_CUSTOMERS, wanted.model_dump(), who.id)
    async with here.engine.begin() as connection:
        await _write(connection, "customers", wanted.model_dump())
    return wanted


async def campaign_id(connection: AsyncConnection) -> str:
    """The practice campaign's id. Raises Conflict when there is none: this is no practice floor."""
    query = select(campaigns.c.id).where(campaigns.c.name == CAMPAIGN)
    found: str | None = (await connection.execute(query)).scalar_one_or_none()
    if found is None:
        raise Conflict("no_practice", "There is no practice floor here.")
    return found


async def top_up_leads(connection: AsyncConnection, campaign: str) -> int:
    """When few fresh leads are left, adds made-up ones up to LEADS; returns how many.

    Only fresh ones count: a number is dialed once a day, so those already tried keep nobody busy.
    """
    fresh = select(func.count()).where(leads.c.campaign_id == campaign, leads.c.state == "new")
    left = (await connection.execute(fresh)).scalar_one()
    if left >= LEADS_LOW:
        return 0
    lead = {"campaign_id": campaign, "list_id": await _list(connection, campaign), "region": REGION}
    consent = {"consent_source": "practice", "consent_basis": "practice", "consent_proof": "made up"}
    numbers = made_up_numbers(LEADS - left)
    rows = [lead | consent | {"id": new_id(), "number": number} for number in numbers]
    added = insert(leads).on_conflict_do_nothing().returning(leads.c.id)
    return len((await connection.execute(added, rows)).all())


async def _list(connection: AsyncConnection, campaign: str) -> str:
    """The id of the one list that made-up leads are in."""
    made = insert(lists).values(id=new_id(), campaign_id=campaign, name=CAMPAIGN, region=REGION)
    await connection.execute(made.on_conflict_do_nothing())
    query = select(lists.c.id).where(lists.c.campaign_id == campaign, lists.c.name == CAMPAIGN)
    return str((await connection.execute(query)).scalar_one())


def made_up_numbers(count: int) -> set[str]:
    """Distinct mobile numbers in canonical form. Only the practice carrier is ever dialed with them."""
    made: set[str] = set()
    while len(made) < count:
        made.add(f"+86139{random.randint(20_000_000, 99_999_999)}")  # noqa: S311 - a number, not a secret
    return made


def _merged(stored: dict[str, Any], change: CustomersChange) -> Customers:
    try:
        return Customers(**{**stored, **change.model_dump(exclude_none=True)})
    except ValidationError as error:
        raise Invalid("bad_customers", error.errors()[0]["msg"], "body") from error


async def _read(connection: AsyncConnection, key: str) -> dict[str, Any]:
    query = select(practice_settings.c.value).where(practice_settings.c.key == key)
    found: dict[str, Any] | None = (await connection.execute(query)).scalar_one_or_none()
    return found or {}


async def _write(connection: AsyncConnection, key: str, value: dict[str, Any]) -> None:
    row = insert(practice_settings).values(key=key, value=value)
    await connection.execute(row.on_conflict_do_update(index_elements=["key"], set_={"value": value}))
