"""Leads: claimed with SKIP LOCKED under a lease, put back with a reason."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.core.compliance import LeadFacts, Refusal
from dialer.core.ids import AgentId, CampaignId, LeadId
from dialer.core.recycle import LeadState
from dialer.core.selection import CLAIMABLE
from dialer.ports import Lead, Lease
from dialer.store import callbacks, statements
from dialer.store.base import Base
from dialer.store.leases import hold
from dialer.store.tables import attempts, leads

_FACTS = tuple(field.name for field in fields(LeadFacts))


class Leads(Base):
    """The hopper is this table: due first, in the order of `dialer.core.selection.due_leads`."""

    async def claim(self, lease: Lease, campaign_id: CampaignId, limit: int) -> list[Lead]:
        """Claims due leads that nobody else holds, the team's callbacks first. Raises LeaseLost."""
        async with self._begin() as connection:
            await hold(connection, lease)
            team = {"p_campaign_ids": [campaign_id], "p_limit": limit}
            found = (await connection.execute(callbacks.DUE_OF_TEAM, team)).all()
            due = {"p_campaign_id": campaign_id, "p_limit": limit - len(found)}
            rest = (await connection.execute(statements.DUE, due)).all() if due["p_limit"] else []
            return await _claim(connection, lease, [*found, *rest])

    async def claim_callback(
        self, lease: Lease, agent_id: AgentId, campaign_ids: Collection[CampaignId]
    ) -> Lead | None:
        """Claims the lead of the agent's own callback that is due longest in these campaigns."""
        wanted = {"p_agent_id": agent_id, "p_campaign_ids": list(campaign_ids), "p_limit": 1}
        async with self._begin() as connection:
            await hold(connection, lease)
            claimed = await _claim(
                connection, lease, (await connection.execute(callbacks.DUE_OF_AGENT, wanted)).all()
            )
        return claimed[0] if claimed else None

    async def claim_number(self, lease: Lease, campaign_id: CampaignId, number: str) -> Lead | None:
        """Claims the lead of that number whatever is due, unless it is claimed already or not there."""
        async with self._begin() as connection:
            await hold(connection, lease)
            wanted = {"p_campaign_id": campaign_id, "p_number": number}
            found = await connection.execute(statements.WITH_NUMBER, wanted)
            claimed = await _claim(connection, lease, found.all())
        return claimed[0] if claimed else None

    async def put_back(self, lead: Lead, refusal: Refusal, next_at: datetime) -> None:
        """Returns a claimed lead that a gate refused, with the reason; one that was done or blocked stays so."""
        state = _unclaimed() if lead.state in CLAIMABLE else lead.state.value
        async with self._begin() as connection:
            await connection.execute(
                update(leads)
                .where(leads.c.id == lead.id, leads.c.state == "claimed")
                .values(state=state, reason=refusal.reason.value, next_at=next_at, claimed_by=None)
            )

    async def release_claims(self, lease: Lease) -> int:
        """Returns leads that an earlier holder claimed and never opened an attempt for; how many."""
        open_ones = select(attempts.c.lead_id).where(attempts.c.ended_at.is_(None), attempts.c.lead_id.is_not(None))
        async with self._begin() as connection:
            await hold(connection, lease)
            done = await connection.execute(
                update(leads)
                .where(
                    leads.c.state == "claimed",
                    leads.c.claimed_by == lease.name,
                    leads.c.claim_token < lease.token,
                    leads.c.id.not_in(open_ones),
                )
                .values(state=_unclaimed(), claimed_by=None)
            )
            return done.rowcount


async def _claim(connection: AsyncConnection, lease: Lease, found: Sequence[Row[Any, Any]]) -> list[Lead]:
    states = {row.id: LeadState(row.state) for row in found}
    if not states:
        return []
    claim = {"p_ids": list(states), "p_claimed_by": lease.name, "p_claim_token": lease.token}
    await connection.execute(statements.CLAIM, claim)
    rows = {row.id: row for row in await connection.execute(statements.FACTS, {"p_ids": list(states)})}
    return [_lead(rows[lead_id], state) for lead_id, state in states.items()]


def _unclaimed() -> Any:
    return case((callbacks.HAS_OPEN, "callback"), (leads.c.attempts > 0, "attempted"), else_="new")


def _lead(row: Row[Any], state: LeadState) -> Lead:
    facts = LeadFacts(**{name: row._mapping[name] for name in _FACTS})
    return Lead(LeadId(row.id), CampaignId(row.campaign_id), facts, state)
