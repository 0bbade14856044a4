"""The shelves of `dialer.core.selection` in SQL: what a campaign has, and leads claimed along them in a given order.

Each shelf is one range of the index `ix_leads_shelf`, longest due first; a claim reads as many rows as it claims.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Row,
    Select,
    Text,
    bindparam,
    func,
    literal_column,
    select,
    text,
    true,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.core.ids import CampaignId, ListId
from dialer.core.selection import OF_NO_LIST, Choice, LeadList, Shelf, shelves
from dialer.ports import Lease
from dialer.store import callbacks
from dialer.store.leases import check
from dialer.store.metadata import Id
from dialer.store.tables import IN_STOCK, leads, leases, lists

NO_LIST = "00000000-0000-0000-0000-000000000000"  # in the index: of no list
# the words of the index: as parameters the planner could not see that it serves
_LIST: ColumnElement[str] = literal_column("coalesce(leads.list_id, '00000000-0000-0000-0000-000000000000')")
_ZONE: ColumnElement[str] = literal_column("coalesce(leads.zone, '')")
_in_stock = (leads.c.campaign_id == bindparam("p_campaign_id", type_=Id), text(IN_STOCK))
_LIMIT = bindparam("p_limit", type_=Integer)


def _zones() -> Any:
    """From one zone to the next by the index: as many steps as there are zones, however many leads."""
    first = select(_ZONE.label("zone")).where(*_in_stock).order_by(_ZONE).limit(1)
    seen = select(first.subquery().c.zone).cte("seen", recursive=True)
    following = select(_ZONE).where(*_in_stock, seen.c.zone < _ZONE).order_by(_ZONE).limit(1)
    seen = seen.union_all(select(following.scalar_subquery()).where(seen.c.zone.is_not(None)))
    return select(func.array_agg(seen.c.zone)).where(seen.c.zone.is_not(None))


def _layout() -> Any:
    """The lease, held, and what the campaign's shelves are."""
    about = func.jsonb_build_array(lists.c.id, lists.c.priority, lists.c.weight)
    of_campaign = (lists.c.campaign_id == bindparam("p_campaign_id", type_=Id), lists.c.is_active)
    on = select(func.jsonb_agg(about, type_=JSONB)).where(*of_campaign).scalar_subquery()
    return (
        select(leases.c.token, on.label("lists"), _zones().scalar_subquery().label("zones"))
        .where(leases.c.name == bindparam("p_name"))
        .with_for_update(of=leases, read=True)
    )


def _on_shelves() -> Select[Any]:
    """Due leads row by row along the shelves, no further than the limit."""
    columns = {"list_id": ARRAY(Id), "state": ARRAY(Text), "zone": ARRAY(Text)}
    arrays = [bindparam(f"p_{name}s", type_=kind) for name, kind in columns.items()]
    shelf = func.unnest(*arrays).table_valued(*columns, name="shelf").render_derived()
    on_shelf = (shelf.c.list_id == _LIST, leads.c.state == shelf.c.state, shelf.c.zone == _ZONE)
    found = (
        select(leads.c.id, leads.c.state)
        .where(*_in_stock, *on_shelf, leads.c.next_at <= func.now())
        .order_by(leads.c.next_at, leads.c.id)
        .limit(_LIMIT)
        .with_for_update(of=leads, skip_locked=True)
        .lateral("due")
    )
    return select(found.c.id, found.c.state).select_from(shelf.join(found, true())).limit(_LIMIT)


def claiming(*picked: Select[Any]) -> Any:
    """Claims what these find and lock, the first of them first: ids with the states that they were in, and an `n` to
    sort by.
    """
    parts = [select(each.cte(f"picked_{n}")) for n, each in enumerate(picked)]
    found = union_all(*parts).limit(_LIMIT).subquery("found")
    chosen = select(found.c.id, found.c.state, func.row_number().over().label("n")).cte("chosen")
    holder = {
        "claimed_by": bindparam("p_claimed_by", type_=Text),
        "claim_token": bindparam("p_claim_token", type_=BigInteger),
    }
    return (
        update(leads)
        .where(leads.c.id == chosen.c.id)
        .values(state="claimed", **holder)
        .returning(leads.c.id, chosen.c.state, chosen.c.n)
    )


_LAYOUT = _layout()
_CLAIM = claiming(callbacks.DUE_OF_TEAM, _on_shelves())


async def claim(
    connection: AsyncConnection, lease: Lease, campaign_id: CampaignId, choice: Choice, limit: int
) -> Sequence[Row[Any, Any]]:
    """Under the lease, claims the team's callbacks and due leads in the order of `selection.due_leads`; those that
    another transaction has locked are passed over. Raises LeaseLost.
    """
    asked = {"p_campaign_id": campaign_id, "p_name": lease.name}
    layout = (await connection.execute(_LAYOUT, asked)).one_or_none()
    check(lease, layout.token if layout is not None else None)
    order = _order(layout, choice)
    wanted = {
        "p_campaign_id": campaign_id,
        "p_campaign_ids": [campaign_id],
        "p_list_ids": [each.list_id or NO_LIST for each in order],
        "p_states": [each.state.value for each in order],
        "p_zones": [each.zone or "" for each in order],
        "p_limit": limit,
        "p_claimed_by": lease.name,
        "p_claim_token": lease.token,
    }
    claimed = (await connection.execute(_CLAIM, wanted)).all()
    return sorted(claimed, key=lambda row: int(row.n))


def _order(layout: Row[Any] | None, choice: Choice) -> list[Shelf]:
    if layout is None:
        return []
    on = [LeadList(ListId(list_id), priority, weight) for list_id, priority, weight in layout.lists or ()]
    return shelves([*on, OF_NO_LIST], [zone or None for zone in layout.zones or ()], choice)
