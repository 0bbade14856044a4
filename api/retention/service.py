"""Holds, orders to erase, and rules of retention: each change with its reason in the ledger."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, Select, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.sessions import Person
from api.auth.tables import users
from api.errors import Conflict, Invalid, NotFound
from api.ids import new_id
from api.paging import page_of
from api.recordings.listing import find_own
from api.retention.schemas import Decision, Erasure, Hold, NewRule, Rule, Rules
from dialer.core.ledger import Entry, EntryKind
from dialer.store import ledger
from recordings.retention import lock_recording
from recordings.retention_rules import KEPT_DAYS, Facts, Scope, Stay, decide
from recordings.retention_tables import erasures, holds, retention_rules
from recordings.tables import recordings

_ONE, _OTHER = users.alias("one"), users.alias("other")
_IS_OPEN = (erasures.c.done_at.is_(None), erasures.c.decision.is_distinct_from(Decision.REFUSED.value))


async def set_hold(connection: AsyncConnection, who: Person, call_id: str, reason: str) -> Hold:
    """Holds a recording. Raises NotFound, Conflict when it is taken away already."""
    await find_own(connection, who, call_id)
    await _present(connection, call_id)
    row = {"id": new_id(), "call_id": call_id, "reason": reason, "set_by": who.id, "set_at": datetime.now(UTC)}
    await connection.execute(insert(holds).values(row))
    body = {"hold": row["id"], "why": reason, "who": who.id}
    await ledger.append(connection, [Entry(EntryKind.HOLD_SET, call_id, datetime.now(UTC), body)])
    return await _hold(connection, str(row["id"]))


async def lift_hold(connection: AsyncConnection, who: Person, hold_id: str, reason: str) -> Hold:
    """Ends a hold. Raises NotFound, Conflict when it is lifted already."""
    found = await _hold(connection, hold_id)
    ended = {"lifted_by": who.id, "lifted_at": datetime.now(UTC), "lift_reason": reason}
    lifting = update(holds).where(holds.c.id == hold_id, holds.c.lifted_at.is_(None)).values(ended)
    if not (await connection.execute(lifting)).rowcount:
        raise Conflict("hold_lifted", "This hold is lifted already.")
    body = {"hold": hold_id, "why": reason, "who": who.id}
    await ledger.append(connection, [Entry(EntryKind.HOLD_LIFTED, found.call_id, datetime.now(UTC), body)])
    return await _hold(connection, hold_id)


async def list_holds(
    connection: AsyncConnection, call_id: str | None, only_open: bool, cursor: str | None, limit: int
) -> tuple[list[Hold], str | None]:
    """One page, the latest first. Raises Invalid."""
    query = _holds()
    if only_open:
        query = query.where(holds.c.lifted_at.is_(None))
    if call_id is not None:
        query = query.where(holds.c.call_id == call_id)
    rows, following = await page_of(connection, query, holds.c.id, cursor, limit)
    return [_as_hold(row) for row in rows], following


async def order(connection: AsyncConnection, who: Person, least_days: int, call_id: str, reason: str) -> Erasure:
    """Asks that a recording be erased. Raises NotFound, Conflict when it is gone, or asked for already."""
    await find_own(connection, who, call_id)
    await _present(connection, call_id)
    open_one = select(erasures.c.id).where(erasures.c.call_id == call_id, *_IS_OPEN)
    if await connection.scalar(open_one) is not None:
        raise Conflict("erasure_open", "Somebody asked for it already: see the orders to erase.")
    row = {"id": new_id(), "call_id": call_id, "reason": reason, "asked_by": who.id, "asked_at": datetime.now(UTC)}
    await connection.execute(insert(erasures).values(row))
    return await _erasure(connection, least_days, str(row["id"]))


async def rule_on(
    connection: AsyncConnection, who: Person, least_days: int, erasure_id: str, decision: Decision
) -> Erasure:
    """Approves or refuses an order: another person than who asked. Raises NotFound, Conflict."""
    found = await _erasure(connection, least_days, erasure_id)
    if found.asked_by == who.id:
        raise Conflict("own_order", "You asked for it: another person must decide.")
    decided = {"decision": decision.value, "decided_by": who.id, "decided_at": datetime.now(UTC)}
    deciding = update(erasures).where(erasures.c.id == erasure_id, erasures.c.decision.is_(None)).values(decided)
    if not (await connection.execute(deciding)).rowcount:
        raise Conflict("already_decided", "Somebody decided on it already.")
    return await _erasure(connection, least_days, erasure_id)


async def list_erasures(
    connection: AsyncConnection, least_days: int, cursor: str | None, limit: int
) -> tuple[list[Erasure], str | None]:
    """One page, the latest first. Raises Invalid."""
    rows, following = await page_of(connection, _erasures(), erasures.c.id, cursor, limit)
    return [_as_erasure(row, least_days) for row in rows], following


async def get_rules(connection: AsyncConnection, least_days: int) -> Rules:
    """All rules, and what holds without one."""
    rows = await connection.execute(select(retention_rules).order_by(*retention_rules.primary_key.columns))
    found = [Rule(**row._mapping) for row in rows]
    return Rules(least_days=least_days, default_days=max(KEPT_DAYS, least_days), rules=found)


async def put_rule(connection: AsyncConnection, who: Person, least_days: int, wanted: NewRule) -> Rules:
    """Makes, changes or takes back one rule, with what it was before in the ledger. Raises Invalid."""
    subject = wanted.subject or ""
    if (wanted.scope is Scope.EVERYTHING) != (not subject):
        raise Invalid("bad_subject", "A campaign or a region needs its name; everything has none.", "body.subject")
    if wanted.days is not None and wanted.days < least_days:
        raise Invalid("below_minimum", f"The law demands at least {least_days} days.", "body.days")
    rules = retention_rules.c
    mine = (rules.scope == wanted.scope.value, rules.subject == subject)
    before = await connection.scalar(select(rules.days).where(*mine).with_for_update())
    if wanted.days is None:
        await connection.execute(delete(retention_rules).where(*mine))
    else:
        row = {"days": wanted.days, "changed_by": who.id, "changed_at": datetime.now(UTC)}
        making = insert(retention_rules).values(scope=wanted.scope.value, subject=subject, **row)
        await connection.execute(making.on_conflict_do_update(index_elements=["scope", "subject"], set_=row))
    body = {"rule": "retention", "scope": wanted.scope.value, "subject": subject, "before": before}
    body |= {"after": wanted.days, "why": wanted.reason, "who": who.id}
    await ledger.append(connection, [Entry(EntryKind.POLICY_CHANGE, None, datetime.now(UTC), body)])
    return await get_rules(connection, least_days)


async def _present(connection: AsyncConnection, call_id: str) -> None:
    row = await lock_recording(connection, call_id)
    if row is None or row.status != "present":
        raise Conflict("not_present", "There is no recording of this call that could be held or erased.")


async def _hold(connection: AsyncConnection, hold_id: str) -> Hold:
    row = (await connection.execute(_holds().where(holds.c.id == hold_id))).one_or_none()
    if row is None:
        raise NotFound("unknown_hold", "There is no hold with this id.")
    return _as_hold(row)


async def _erasure(connection: AsyncConnection, least_days: int, erasure_id: str) -> Erasure:
    row = (await connection.execute(_erasures().where(erasures.c.id == erasure_id))).one_or_none()
    if row is None:
        raise NotFound("unknown_erasure", "There is no order with this id.")
    return _as_erasure(row, least_days)


def _holds() -> Select[Any]:
    names = (_ONE.c.name.label("set_by_name"), _OTHER.c.name.label("lifted_by_name"))
    people = select(holds, *names).outerjoin(_ONE, _ONE.c.id == holds.c.set_by)
    return people.outerjoin(_OTHER, _OTHER.c.id == holds.c.lifted_by)


def _erasures() -> Select[Any]:
    names = (_ONE.c.name.label("asked_by_name"), _OTHER.c.name.label("decided_by_name"))
    held = select(holds.c.id).where(holds.c.call_id == erasures.c.call_id, holds.c.lifted_at.is_(None)).exists()
    facts = (recordings.c.started_at, recordings.c.campaign_id, recordings.c.region, held.label("is_held"))
    people = select(erasures, *names, *facts).outerjoin(_ONE, _ONE.c.id == erasures.c.asked_by)
    people = people.outerjoin(_OTHER, _OTHER.c.id == erasures.c.decided_by)
    return people.outerjoin(recordings, recordings.c.attempt_id == erasures.c.call_id)


def _as_hold(row: Row[Any]) -> Hold:
    return Hold(**{name: row._mapping[name] for name in Hold.model_fields})


def _as_erasure(row: Row[Any], least_days: int) -> Erasure:
    values = {name: row._mapping[name] for name in Erasure.model_fields if name != "waits_for"}
    return Erasure(waits_for=_waits_for(row, least_days), **values)


def _waits_for(row: Row[Any], least_days: int) -> str | None:
    if row.done_at is not None or row.decision == Decision.REFUSED or row.started_at is None:
        return None
    facts = Facts(row.started_at, row.campaign_id, row.region, row.is_held, is_ordered=True)
    decision = decide(facts, {}, least_days, datetime.now(UTC))
    return decision.value if isinstance(decision, Stay) else None
