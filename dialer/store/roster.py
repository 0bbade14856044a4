"""Campaigns, sessions, phones, and the wishes that persons leave as rows."""

import asyncio
import contextlib
from types import MappingProxyType
from typing import Any

import asyncpg
from sqlalchemy import func, select, update

from dialer.core.agent import Agent, AgentState
from dialer.core.attempt import Mode
from dialer.core.calendar import Regions
from dialer.core.disposition import DEFAULT, Dispositions
from dialer.core.errors import StoreAway
from dialer.core.ids import AgentId, AttemptId, CampaignId, SessionId
from dialer.core.pacing import PacingSettings
from dialer.core.recycle import Tried
from dialer.ports import Campaign, CommandRow, EmergencyStop
from dialer.store import calendars, dispositions, events, statements
from dialer.store.base import GONE, Base
from dialer.store.tables import agent_sessions, attempts, campaigns, leads, phones

COMMANDS, CAMPAIGNS = "tianzhou_commands", "tianzhou_campaigns"
CLOSE_S = 3.0
AGAIN_S = 0.5  # after a listener that could not be made


class Roster(Base):
    """What the engine reads of people and campaigns, and the queue of their wishes."""

    _listener: asyncpg.Connection | None = None
    _woken: asyncio.Event | None = None
    _campaigns_changed = False
    _regions: calendars.Kept = MappingProxyType({})

    async def campaigns(self) -> list[Campaign]:
        """Every campaign that is not stopped, each with its dispositions."""
        async with self._begin() as connection:
            rows = (await connection.execute(statements.CAMPAIGNS)).all()
            sets = await dispositions.read_sets(connection, [row.id for row in rows])
            return [campaign_of(row, dispositions.set_of(sets, row.id)) for row in rows]

    async def calendars(self) -> Regions:
        """When the centre calls in each region; what did not change is not read into parts again."""
        async with self._begin() as connection:
            self._regions = await calendars.read(connection, self._regions)
        return calendars.regions_of(self._regions)

    async def emergency_stop(self) -> EmergencyStop | None:
        """The emergency stop that holds now, if one does."""
        async with self._begin() as connection:
            how = (await connection.execute(statements.EMERGENCY_STOP)).scalar_one_or_none()
            return EmergencyStop(how) if how is not None else None

    async def end_drained(self) -> list[CampaignId]:
        """Stops each draining campaign that has no open attempt on any node; which ones."""
        open_one = select(attempts.c.id).where(
            attempts.c.campaign_id == campaigns.c.id, attempts.c.ended_at.is_(None)
        )
        ended = (
            update(campaigns)
            .where(campaigns.c.state == "draining", ~open_one.exists())
            .values(state="stopped")
            .returning(campaigns.c.id)
        )
        async with self._begin() as connection:
            found = [CampaignId(campaign_id) for campaign_id in (await connection.execute(ended)).scalars()]
            for campaign_id in found:
                await events.note_campaign(connection, campaign_id)
                await connection.execute(select(func.pg_notify("tianzhou_campaigns", campaign_id)))
            return found

    async def open_sessions(self, node: str) -> list[Agent]:
        """The node's sessions that have no end yet."""
        call = func.coalesce(attempts.c.campaign_id, agent_sessions.c.campaign_id)
        query = (
            select(agent_sessions, campaigns.c.wrap_up_s, campaigns.c.disposition_required)
            .add_columns(call.label("call_campaign_id"), campaigns.c.max_attempts, campaigns.c.retry_after_s)
            .add_columns(attempts.c.mode, leads.c.attempts.label("nth"))
            .select_from(agent_sessions)
            .outerjoin(attempts, attempts.c.id == agent_sessions.c.attempt_id)
            .outerjoin(leads, leads.c.id == attempts.c.lead_id)
            .join(campaigns, campaigns.c.id == call)
            .where(agent_sessions.c.node == node, agent_sessions.c.ended_at.is_(None))
        )
        async with self._begin() as connection:
            return [_agent(row) for row in await connection.execute(query)]

    async def phone_secrets(self) -> dict[str, str]:
        """SIP password by extension."""
        async with self._begin() as connection:
            rows = await connection.execute(select(phones))
            return {row.extension: row.secret for row in rows}

    async def take(self, node: str) -> list[CommandRow]:
        """Queued commands of the node, oldest first, now taken."""
        async with self._begin() as connection:
            rows = await connection.execute(statements.TAKE, {"p_node": node})
            return sorted((CommandRow(r.id, r.kind, r.payload) for r in rows), key=lambda row: row.id)

    async def answer(self, command_id: str, status: str, result: dict[str, Any]) -> None:
        """Ends a taken command: `done`, `refused` or `failed`."""
        async with self._begin() as connection:
            answer = {"p_id": command_id, "p_status": status, "p_result": result}
            await connection.execute(statements.ANSWER_COMMAND, answer)
            await connection.execute(statements.TELL_RESULT, {"p_id": command_id})

    async def wait(self, timeout_s: float) -> bool:
        """Returns when there may be a command, or after the time; whether campaigns may have changed meanwhile.
        Raises StoreAway, never sooner than AGAIN_S.
        """
        try:
            woken = await self._listen()
        except GONE as gone:
            await asyncio.sleep(max(timeout_s, AGAIN_S))  # who is in a hurry would ask without end
            raise StoreAway(str(gone)) from gone
        with contextlib.suppress(TimeoutError):  # not wait_for: before Python 3.12 it may swallow a cancellation
            async with asyncio.timeout(timeout_s):
                await woken.wait()
        woken.clear()
        changed, self._campaigns_changed = self._campaigns_changed, False
        return changed

    async def _listen(self) -> asyncio.Event:
        """LISTEN wants a connection of its own; it is opened again whenever it is found closed."""
        if self._woken is None or self._listener is None or self._listener.is_closed():
            self._woken, self._campaigns_changed = asyncio.Event(), True
            url = self._engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
            self._listener = await asyncpg.connect(url, timeout=5)
            for channel in (COMMANDS, CAMPAIGNS):
                await self._listener.add_listener(channel, self._hear)
        return self._woken

    def _hear(self, _connection: object, _pid: int, channel: str, _payload: object) -> None:
        self._campaigns_changed |= channel == CAMPAIGNS
        if self._woken is not None:
            self._woken.set()

    async def close(self) -> None:
        """Closes the listening connection and the pool."""
        if self._listener is not None and not self._listener.is_closed():
            self._listener.terminate()
        with contextlib.suppress(TimeoutError):  # a connection cut in mid-query may never say that it is closed
            async with asyncio.timeout(CLOSE_S):
                await self._engine.dispose()


def campaign_of(row: Any, chosen: Dispositions = DEFAULT) -> Campaign:
    """A row of `campaigns` as the engine needs it."""
    return Campaign(
        id=CampaignId(row.id),
        mode=Mode(row.mode),
        state=row.state,
        trunk=row.trunk,
        caller_id=row.caller_id,
        zone=row.zone,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        ring_s=row.ring_s,
        wrap_up_s=row.wrap_up_s,
        max_attempts=row.max_attempts,
        retry_after_s=row.retry_after_s,
        priority=row.priority,
        closing_margin_s=row.closing_margin_s,
        issued_only=row.issued_only,
        fresh_pct=row.fresh_pct,
        disposition_required=row.disposition_required,
        dispositions=chosen,
        preset=row.preset,
        pacing=PacingSettings(row.abandon_limit, row.window_s, row.lines_per_agent, row.most_lines),
    )


def _agent(row: Any) -> Agent:
    return Agent(
        session_id=SessionId(row.id),
        agent_id=AgentId(row.agent_id),
        node=row.node,
        extension=row.extension,
        campaign_ids=tuple(CampaignId(each) for each in row.campaign_ids or [row.campaign_id]),
        started_at=row.started_at,
        wrap_up_s=row.wrap_up_s,
        disposition_required=row.disposition_required,
        state=AgentState(row.state),
        state_at=row.state_at,
        reason=row.reason,
        attempt_id=AttemptId(row.attempt_id) if row.attempt_id else None,
        call_campaign_id=CampaignId(row.call_campaign_id),
        tried=Tried(row.nth or 1, 0 if row.mode == Mode.MANUAL else row.max_attempts, row.retry_after_s),
    )
