"""Leads: claimed with SKIP LOCKED under a lease, put back with a reason."""

from collections.abc import Collection, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.core.compliance import LeadFacts, Refusal
from dialer.core.ids import AgentId, AttemptId, CampaignId, LeadId
from dialer.core.recycle import LeadState
from dialer.core.selection import CLAIMABLE, Choice
from dialer.ports import Lead, Lease
from dialer.store import callbacks, number_moves, shelves, statements
from dialer.store.base import Base
from dialer.store.leases import hold
from dialer.store.tables import attempts, leads

_FACTS = tuple(field.name for field in fields(LeadFacts))


class Leads(Base):
    """The hopper is this table."""

    async def claim(self, lease: Lease, campaign_id: CampaignId, choice: Choice, limit: int) -> list[Lead]:
        """See ports.LeadStore. Raises LeaseLost."""
        async with self._begin() as connection:
            return await _leads(connection, await shelves.claim(connection, lease, campaign_id, choice, limit))

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

    async def claim_number(
        self, lease: Lease, campaign_id: CampaignId, number: str, redials: AttemptId | None = None
    ) -> Lead | None:
        """Claims the lead of that number whatever is due, unless it is claimed already or not there."""
        async with self._begin() as connection:
            await hold(connection, lease)
            wanted = {"p_campaign_id": campaign_id, "p_number": number}
            found = await connection.execute(statements.WITH_NUMBER, wanted)
            claimed = await _claim(connection, lease, found.all())
            if claimed and redials is not None:
                return await _as_lent_again(connection, claimed[0], redials)
        return claimed[0] if claimed else None

    async def put_back(self, lead: Lead, refusal: Refusal, next_at: datetime | None) -> None:
        """Returns a claimed lead that a gate refused, with the reason; one that was done or blocked stays so."""
        state = _unclaimed() if lead.state in CLAIMABLE else lead.state.value
        kept = {} if next_at is None else {"reason": refusal.reason.value, "next_at": next_at}
        async with self._begin() as connection:
            await connection.execute(
                update(leads)
                .where(leads.c.id == lead.id, leads.c.state == "claimed")
                .values(state=state, claimed_by=None, **kept)
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
    if found:
        ids = [row.id for row in found]
        claim = {"p_ids": ids, "p_claimed_by": lease.name, "p_claim_token": lease.token}
        await connection.execute(statements.CLAIM, claim)
    return await _leads(connection, found)


async def _leads(connection: AsyncConnection, claimed: Sequence[Row[Any, Any]]) -> list[Lead]:
    """With what the gates ask, read after the claim: what others do meanwhile cannot make it older than that."""
    if not claimed:
        return []
    found = await connection.execute(statements.FACTS, {"p_ids": [row.id for row in claimed]})
    rows = {row.id: row for row in found}
    return [_lead(rows[each.id], LeadState(each.state)) for each in claimed]


async def _as_lent_again(connection: AsyncConnection, lead: Lead, redials: AttemptId) -> Lead:
    account = await number_moves.lent(connection, lead.id, redials)
    if account is None:
        return lead
    return replace(lead, facts=replace(lead.facts, holder=account.holder, holder_id=account.id))


def _unclaimed() -> Any:
    return case((callbacks.HAS_OPEN, "callback"), (leads.c.attempts > 0, "attempted"), else_="new")


def _lead(row: Row[Any], state: LeadState) -> Lead:
    return Lead(LeadId(row.id), CampaignId(row.campaign_id), facts_of(row), state)


def facts_of(row: Row[Any]) -> LeadFacts:
    """What the gates ask, of a row of `statements.FACTS`."""
    kept = {name: row._mapping[name] for name in _FACTS}
    return LeadFacts(**kept | {"dialed_at": tuple(row.dialed_at or ())})
