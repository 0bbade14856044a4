"""Calls: read from the attempts' rows; dialed, ended and disposed of by asking the engine."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.agents.service import node_of
from api.auth.sessions import Person
from api.calls.rules import may_end_any, own_calls_only
from api.calls.schemas import Call, CallDetail, Dispose, Happening, ManualCall, Step, WholeNumber
from api.commands import CommandKind, ask_engine
from api.context import Context
from api.errors import NotFound, Refused
from api.filters import agent_matches, number_matches
from api.numbers import refusals
from api.paging import page_of
from api.witness import Doer, witness
from dialer.core.holding import Holder
from dialer.core.ledger import EntryKind
from dialer.core.numbers import mask
from dialer.store.selection_tables import callbacks
from dialer.store.tables import attempts, leads

_MOMENTS = {
    Happening.OPENED: "opened_at",
    Happening.ANSWERED: "answered_at",
    Happening.CONNECTED: "connected_at",
    Happening.ENDED: "ended_at",
    Happening.DISPOSED: "disposed_at",
}


@dataclass(frozen=True)
class Filters:
    """What to list; None = all."""

    agent: str | None
    campaign_id: str | None
    number: str | None


async def list_calls(
    connection: AsyncConnection, who: Person, filters: Filters, cursor: str | None, limit: int
) -> tuple[list[Call], str | None]:
    """One page of the calls that the person may see, newest first. Raises Invalid."""
    query = select(attempts)
    if own_calls_only(who.roles):
        query = query.where(attempts.c.agent_id == who.id)
    if filters.agent is not None:
        query = query.where(agent_matches(attempts.c.agent_id, filters.agent))
    if filters.campaign_id is not None:
        query = query.where(attempts.c.campaign_id == filters.campaign_id)
    if filters.number is not None:
        query = query.where(number_matches(attempts.c.number, filters.number, "query.number"))
    rows, following = await page_of(connection, query, attempts.c.id, cursor, limit)
    return [Call(**_call(row, who)) for row in rows], following


async def get_call(connection: AsyncConnection, who: Person, call_id: str) -> CallDetail:
    """One call with its timeline. Raises NotFound when it is not there or not the person's to see."""
    row = (await connection.execute(select(attempts).where(attempts.c.id == call_id))).first()
    if row is None or (own_calls_only(who.roles) and row.agent_id != who.id):
        raise NotFound("unknown_call", "There is no call with this id.")
    steps = [Step(at=row._mapping[name], what=what) for what, name in _MOMENTS.items() if row._mapping[name]]
    return CallDetail(timeline=sorted(steps, key=lambda step: step.at), **_call(row, who))


async def dial(here: Context, who: Person, call: ManualCall) -> str:
    """Dials for the agent; returns the call's id. Raises Refused, EngineUnavailable.

    What he may not call is kept for who leads him.
    """
    number, campaign_id = await _whom(here, who, call)
    payload = {"number": number} | ({"campaign_id": campaign_id} if campaign_id else {})
    return await _ask_to_dial(here, who, CommandKind.CALL_MANUAL, payload, (campaign_id, number))


async def redial(here: Context, who: Person, call_id: str) -> str:
    """Dials the agent's last call once more; the new call's id. Raises NotFound, Refused, EngineUnavailable."""
    mine = (attempts.c.id == call_id, attempts.c.agent_id == who.id)
    async with here.engine.connect() as connection:
        query = select(attempts.c.campaign_id, attempts.c.number).where(*mine)
        found = (await connection.execute(query)).one_or_none()
    if found is None:
        raise NotFound("unknown_call", "You had no call with this id.")
    payload = {"call_id": call_id}
    return await _ask_to_dial(here, who, CommandKind.CALL_REDIAL, payload, (found.campaign_id, found.number))


async def _ask_to_dial(
    here: Context, who: Person, kind: CommandKind, payload: dict[str, Any], whom: tuple[str | None, str]
) -> str:
    """The new call's id; what the agent may not call, by campaign and number, is kept for who leads him."""
    try:
        node = await node_of(here, who.id)
        result = await ask_engine(here.desk, node, kind, {"agent_id": who.id} | payload, who.id)
    except Refused as refused:
        if refused.reason in refusals.REPORTED:
            async with here.engine.begin() as connection:
                await refusals.report(connection, who.id, *whom, refused.reason)
        raise
    return str(result["call_id"])


async def _whom(here: Context, who: Person, call: ManualCall) -> tuple[str, str | None]:
    """The number, and the campaign where it is known. Raises Refused for a lead that the agent does not hold."""
    if call.number is not None:
        return call.number, str(call.campaign_id) if call.campaign_id else None
    held = (leads.c.holder == Holder.AGENT.value) & (leads.c.holder_id == who.id)
    own = select(callbacks.c.id).where(callbacks.c.lead_id == leads.c.id, callbacks.c.state == "open")
    mine = held | own.where(callbacks.c.agent_id == who.id).exists()
    query = select(leads.c.number, leads.c.campaign_id).where(leads.c.id == str(call.lead_id), mine)
    async with here.engine.connect() as connection:
        found = (await connection.execute(query)).one_or_none()
    if found is None:
        raise Refused("not_issued", "This number was not issued to you, and is no callback of yours")
    return found.number, found.campaign_id


async def hang_up(here: Context, who: Person, call_id: str) -> None:
    """Ends a call: one's own, or any for those who may. Raises Refused, EngineUnavailable."""
    agent_id = None if may_end_any(who.roles) else who.id
    payload = {"agent_id": agent_id, "call_id": call_id}
    await ask_engine(here.desk, await _node_of_call(here, call_id), CommandKind.CALL_HANGUP, payload, who.id)


async def dispose(here: Context, who: Person, call_id: str, said: Dispose) -> None:
    """Says what came of a call. Raises Refused, EngineUnavailable."""
    payload: dict[str, Any] = {"agent_id": who.id, "call_id": call_id, "disposition": said.disposition}
    if said.callback_at is not None:
        payload |= {"callback_at": said.callback_at.isoformat(), "own": said.own, "note": said.note}
    await ask_engine(here.desk, await _node_of_call(here, call_id), CommandKind.CALL_DISPOSITION, payload, who.id)


async def reveal_number(here: Context, doer: Doer, call_id: str, why: str) -> WholeNumber:
    """The whole number of any call, once the ledger says who sees it and why. Raises NotFound, LedgerAway."""
    async with here.engine.connect() as connection:
        query = select(attempts.c.number).where(attempts.c.id == call_id)
        number: str | None = (await connection.execute(query)).scalar_one_or_none()
    if number is None:
        raise NotFound("unknown_call", "There is no call with this id.")
    await witness(here.engine, EntryKind.NUMBER_REVEALED, call_id, doer.words(why))
    return WholeNumber(call_id=call_id, number=number)


async def pause_recording(here: Context, who: Person, call_id: str, on: bool) -> None:
    """Pauses the recording of one's own call, or records again. Raises Refused, EngineUnavailable."""
    kind = CommandKind.PAUSE_RECORDING if on else CommandKind.RESUME_RECORDING
    payload = {"agent_id": who.id, "call_id": call_id}
    await ask_engine(here.desk, await _node_of_call(here, call_id), kind, payload, who.id)


async def _node_of_call(here: Context, call_id: str) -> str:
    async with here.engine.connect() as connection:
        query = select(attempts.c.node).where(attempts.c.id == call_id)
        found: str | None = (await connection.execute(query)).scalar_one_or_none()
    return found or here.node


def _call(row: Row[Any], who: Person) -> dict[str, Any]:
    values = {name: row._mapping[name] for name in Call.model_fields}
    return values | {"number": mask(row.number)}
