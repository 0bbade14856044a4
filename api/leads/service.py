"""Leads read from their rows, and asked of the dialer's own rules."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, Select, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.roles import Role
from api.auth.sessions import Person
from api.auth.tables import users
from api.context import Context
from api.errors import Invalid, NotFound
from api.health.rules import Beat, process
from api.leads import rules
from api.leads.schemas import Lead, LeadWhy, Override, Refusing, RuleAnswer, Selection
from api.masking import shown
from api.numbers.schemas import ConsentProof
from api.paging import page_of
from dialer.core.compliance import for_callback
from dialer.core.numbers import canonical
from dialer.core.recycle import LeadState
from dialer.core.why import Rule, campaign_answer, lead_answers
from dialer.core.why import RuleAnswer as Answered
from dialer.store import calendars, do_not_call, statements
from dialer.store.leads import facts_of
from dialer.store.roster import campaign_of
from dialer.store.selection_tables import callbacks
from dialer.store.tables import attempts, campaigns, emergency_stops, leads, lists, nodes


async def find(
    connection: AsyncConnection, who: Person, typed: str, cursor: str | None, limit: int
) -> tuple[list[Lead], str | None]:
    """One page of the leads with this number, newest first. Raises Invalid."""
    number = canonical(typed)
    if number is None:
        raise Invalid("malformed_number", "This is not a whole number that could be called.", "query.number")
    rows, following = await page_of(connection, _rows().where(leads.c.number == number), leads.c.id, cursor, limit)
    return [_lead(row, who) for row in rows], following


async def get(connection: AsyncConnection, who: Person, lead_id: str) -> Lead:
    """One lead. Raises NotFound, for an agent's eyes also where he has nothing to do with it."""
    return _lead(await _row(connection, who, lead_id), who)


async def why(connection: AsyncConnection, who: Person, here: Context, lead_id: str) -> LeadWhy:
    """Every rule's answer about the lead now. Raises NotFound."""
    row, now = await _row(connection, who, lead_id), datetime.now(UTC)
    facts = facts_of((await connection.execute(statements.FACTS, {"p_ids": [lead_id]})).one())
    held = (await connection.execute(select(campaigns).where(campaigns.c.id == row.campaign_id))).one()
    regions = calendars.regions_of(await calendars.read(connection, {}))
    asked, state = campaign_of(held).rules(here.caps, regions), LeadState(row.state)
    if state is LeadState.CALLBACK:
        asked = for_callback(asked)
    told = [*await machine(connection, here), campaign_answer(held.state), *lead_answers(facts, asked, now)]
    overrides = await _overrides(connection, lead_id) if state is LeadState.CALLBACK else {}
    is_due = rules.is_due(state, row.holder, row.next_at, now)
    return LeadWhy(
        lead_id=lead_id,
        number=shown(row.number, who.roles),
        at=now,
        callable=is_due and all(each.permits for each in told),
        first_reason=rules.first_reason(told),
        again_at=rules.again_at(told, state, row.holder, row.next_at, now),
        selection=_selection(row, is_due),
        do_not_call=await refusing(connection, row.number, row.campaign_id),
        answers=[answer(each, overrides.get(each.rule)) for each in told],
    )


async def machine(connection: AsyncConnection, here: Context) -> list[Answered]:
    """What the machine answers, by the dialer's last heartbeat and the emergency stop."""
    told = await heartbeat(connection, here)
    holds = select(emergency_stops.c.id).where(emergency_stops.c.lifted_at.is_(None))
    is_stopped = (await connection.execute(holds)).first() is not None
    return rules.machine(told, is_stopped)


async def heartbeat(connection: AsyncConnection, here: Context) -> dict[str, Any]:
    """The dialer's own words, and whether it is alive."""
    query = select(nodes, func.now().label("now")).where(nodes.c.name == here.node)
    row = (await connection.execute(query)).first()
    beat = Beat(row.heartbeat_at, row.now, row.health) if row and isinstance(row.health, dict) else None
    return process("dialer", beat, "start it with `tianzhou dialer`")


def answer(told: Answered, override: Override | None = None) -> RuleAnswer:
    """A rule's answer as it is sent."""
    return RuleAnswer(**{**vars(told), "facts": dict(told.facts), "override": override})


async def refusing(connection: AsyncConnection, number: str, campaign_id: str) -> list[Refusing]:
    """The entries of the do-not-call list that hold for the number in this campaign."""
    found = await do_not_call.entries(connection, number, campaign_id)
    people = select(users.c.id, users.c.username).where(users.c.id.in_([row.added_by for row in found]))
    names = {row.id: row.username for row in await connection.execute(people)}
    return [_refusing(row, names) for row in found]


def _refusing(row: Row[Any], names: Mapping[str, str]) -> Refusing:
    same = {"scope": row.scope, "reason": row.reason, "since": row.created_at}
    return Refusing(**same, prefix=row._mapping.get("prefix"), by=names.get(row.added_by))


async def _overrides(connection: AsyncConnection, lead_id: str) -> dict[Rule, Override]:
    """The customer asked to be called: the promise lets the caps be exceeded by one."""
    query = (
        select(callbacks, users.c.username)
        .outerjoin_from(callbacks, users, users.c.id == callbacks.c.agent_id)
        .where(callbacks.c.lead_id == lead_id, callbacks.c.state == "open")
    )
    row = (await connection.execute(query)).first()
    if row is None:
        return {}
    promised = Override(what="callback", by=row.username, at=row.made_at, why=row.note)
    return dict.fromkeys(rules.ASKED_FOR, promised)


async def _row(connection: AsyncConnection, who: Person, lead_id: str) -> Row[Any]:
    query = _rows().where(leads.c.id == lead_id)
    if set(who.roles) == {Role.AGENT}:
        called = exists().where(attempts.c.lead_id == leads.c.id, attempts.c.agent_id == who.id)
        query = query.where(or_(leads.c.holder_id == who.id, called))
    row: Row[Any] | None = (await connection.execute(query)).first()
    if row is None:
        raise NotFound("unknown_lead", "There is no lead with this id.")
    return row


def _rows() -> Select[Any]:
    names = (campaigns.c.name.label("campaign_name"), lists.c.name.label("list_name"))
    return (
        select(leads, *names, users.c.name.label("holder_name"))
        .join(campaigns, campaigns.c.id == leads.c.campaign_id)
        .outerjoin(lists, lists.c.id == leads.c.list_id)
        .outerjoin(users, users.c.id == leads.c.holder_id)
    )


def _lead(row: Row[Any], who: Person) -> Lead:
    kept = {name: row._mapping[name] for name in Lead.model_fields if name in row._mapping}
    proof = ConsentProof(
        source=row.consent_source or "", basis=row.consent_basis or "", proof=row.consent_proof or ""
    )
    return Lead(**kept | {"number": shown(row.number, who.roles), "consent": proof})


def _selection(row: Row[Any], is_due: bool) -> Selection:
    return Selection(
        state=row.state,
        claimed_by=row.claimed_by,
        due=is_due,
        due_at=row.next_at,
        holder=row.holder,
        holder_name=row.holder_name,
        last_reason=row.reason,
    )
