"""Agents' live sessions: read from rows, changed by asking the engine."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.agents.schemas import AgentSession, ChangeSession, Session
from api.auth.roles import Role
from api.auth.sessions import Person
from api.auth.tables import users
from api.commands import CommandKind, ask_engine
from api.context import Context
from api.errors import Conflict, NotFound
from api.paging import page_of
from api.schemas import CallInHand
from dialer.core.numbers import mask
from dialer.store.tables import agent_sessions, attempts

_CALL = ("number", "opened_at", "answered_at", "connected_at")


async def start_session(here: Context, who: Person, campaign_ids: Sequence[str]) -> str:
    """Has the agent's phone called; returns the session's id. Raises Conflict, Refused, EngineUnavailable."""
    if who.extension is None:
        raise Conflict("no_phone", "Your account has no extension; ask your supervisor for one.")
    payload = {"agent_id": who.id, "extension": who.extension, "campaign_ids": list(campaign_ids)}
    result = await ask_engine(here.desk, here.node, CommandKind.SESSION_START, payload, who.id)
    return str(result["session_id"])


async def change_session(here: Context, who: Person, change: ChangeSession) -> None:
    """Makes the agent ready or paused. Raises Refused, EngineUnavailable."""
    payload = {"agent_id": who.id, "state": change.state.value, "reason": change.reason}
    await ask_engine(here.desk, await node_of(here, who.id), CommandKind.SESSION_STATE, payload, who.id)


async def end_session(here: Context, who: Person) -> None:
    """Lets the agent's phone go. Raises Refused, EngineUnavailable."""
    node = await node_of(here, who.id)
    await ask_engine(here.desk, node, CommandKind.SESSION_END, {"agent_id": who.id}, who.id)


async def my_session(connection: AsyncConnection, who: Person) -> Session:
    """The asker's live session with the call in hand. Raises NotFound."""
    row = (await connection.execute(_live().where(agent_sessions.c.agent_id == who.id))).first()
    if row is None:
        raise NotFound("no_session", "You have no session; start one.")
    return Session(call=_call(row, who.roles), **_session(row))


async def live_sessions(
    connection: AsyncConnection, roles: Collection[Role], cursor: str | None, limit: int
) -> tuple[list[AgentSession], str | None]:
    """One page of all live sessions. Raises Invalid on a bad cursor."""
    query = _live().add_columns(agent_sessions.c.agent_id, users.c.username, users.c.name)
    query = query.join(users, users.c.id == agent_sessions.c.agent_id)
    rows, following = await page_of(connection, query, agent_sessions.c.id, cursor, limit)
    sessions = [
        AgentSession(
            agent_id=row.agent_id, username=row.username, name=row.name, call=_call(row, roles), **_session(row)
        )
        for row in rows
    ]
    return sessions, following


async def node_of(here: Context, agent_id: str) -> str:
    """The node that holds the agent's session; ours when there is none, and its engine says so."""
    live = select(agent_sessions.c.node).where(
        agent_sessions.c.agent_id == agent_id, agent_sessions.c.ended_at.is_(None)
    )
    async with here.engine.connect() as connection:
        found: str | None = (await connection.execute(live)).scalar_one_or_none()
    return found or here.node


def _live() -> Select[Any]:
    session = agent_sessions.c
    call = [attempts.c.id.label("call_id"), attempts.c.ended_at.label("call_ended_at")]
    return (
        select(session.id, session.campaign_id, session.extension, session.state, session.reason)
        .add_columns(
            session.campaign_ids, session.state_at, session.started_at, *call, *(attempts.c[name] for name in _CALL)
        )
        .outerjoin(attempts, attempts.c.id == session.attempt_id)
        .where(session.ended_at.is_(None))
    )


def _session(row: Row[Any]) -> dict[str, Any]:
    same = ("id", "campaign_id", "extension", "state", "reason", "started_at")
    several = {"campaign_ids": row.campaign_ids or [row.campaign_id]}
    return {name: row._mapping[name] for name in same} | several | {"since": row.state_at}


def _call(row: Row[Any], roles: Collection[Role]) -> CallInHand | None:
    if row.call_id is None:
        return None
    return CallInHand(
        id=row.call_id,
        number=mask(row.number),
        opened_at=row.opened_at,
        answered_at=row.answered_at,
        connected_at=row.connected_at,
        ended_at=row.call_ended_at,
    )
