"""What the suite needs beside the ports: ways to put something there and to look at what came of it."""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple, Protocol

import uuid_utils
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.core.attempt import Mode
from dialer.core.disposition import Dispositions
from dialer.core.ids import AttemptId, CampaignId, LeadId, ListId
from dialer.core.ledger import first_break
from dialer.core.recycle import LeadState
from dialer.core.selection import LeadList, LeadView
from dialer.ports import Campaign, CommandRow, EmergencyStop, Store
from dialer.store import gate_tables, ledger, tables
from dialer.store.calendars import calendar_of
from dialer.store.dispositions import rows_of
from dialer.store.memory import MemoryStore
from dialer.store.memory_leads import LeadRow, ListRow
from dialer.store.postgres import PostgresStore
from dialer.store.selection_tables import dispositions


def new_id() -> str:
    return str(uuid_utils.uuid7())


class Seen(NamedTuple):
    """A lead as it lies in the store."""

    state: str
    reason: str | None
    attempts: int
    next_at: datetime


def make_campaign(state: str, **changes: Any) -> Campaign:
    made = Campaign(
        id=CampaignId(new_id()),
        mode=Mode.PROGRESSIVE,
        state=state,
        trunk="practice",
        caller_id="10010",
        zone="Asia/Shanghai",
        opens_at=time(9),
        closes_at=time(21),
        ring_s=30,
        wrap_up_s=45,
        max_attempts=4,
        retry_after_s=900,
    )
    return replace(made, **changes)


class World(Protocol):
    """A store and what lies beneath it."""

    @property
    def store(self) -> Store: ...

    async def add_campaign(self, state: str = "running", **changes: Any) -> CampaignId: ...

    async def stop_everything(self, how: str) -> None: ...

    async def lift(self) -> None: ...

    async def add_lead(
        self,
        campaign: CampaignId,
        number: str,
        *,
        state: str = "new",
        due_s: float = -1,
        consent: str | None = "form",
        person: str | None = None,
        zone: str | None = None,
        agent: str | None = None,
        of: ListId | None = None,
    ) -> LeadId: ...

    async def choose_dispositions(self, campaign: CampaignId, chosen: Dispositions) -> None: ...

    async def place(self, lead_id: LeadId, region: str) -> None: ...

    async def add_calendar(self, region: str, hours: dict[str, Any]) -> None: ...

    async def add_dnc(self, number: str, campaign: CampaignId | None = None) -> None: ...

    async def add_dnc_prefix(self, prefix: str) -> None: ...

    async def add_list(
        self, campaign: CampaignId, *, priority: int = 50, weight: int = 50, is_active: bool = True
    ) -> ListId: ...

    async def switch(self, list_id: ListId, is_active: bool) -> None: ...

    async def add_phone(self, extension: str, secret: str) -> None: ...

    async def add_command(self, node: str, kind: str, payload: dict[str, Any]) -> str: ...

    async def lead(self, lead_id: LeadId) -> Seen: ...

    async def is_on_dnc(self, number: str) -> bool: ...

    async def ledger_of(self, attempt_id: AttemptId) -> list[str]:
        """The kinds of the attempt's ledger rows, the whole chain found unbroken."""

    async def packets_of(self, attempt_id: AttemptId) -> tuple[int | None, int | None]: ...

    async def answer_of(self, command_id: str) -> tuple[str, dict[str, Any]] | None: ...

    async def health_of(self, node: str) -> dict[str, Any]: ...

    async def paced(self, campaign: CampaignId) -> dict[str, Any]: ...

    async def wake(self) -> None:
        """Tells the store that a command was written."""


def due(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


@dataclass
class MemoryWorld:
    """The store in memory."""

    store: MemoryStore = field(default_factory=MemoryStore)

    async def add_campaign(self, state: str = "running", **changes: Any) -> CampaignId:
        campaign = make_campaign(state, **changes)
        self.store.campaign_rows[campaign.id] = campaign
        return campaign.id

    async def stop_everything(self, how: str) -> None:
        self.store.emergency = EmergencyStop(how)

    async def lift(self) -> None:
        self.store.emergency = None

    async def add_lead(
        self,
        campaign: CampaignId,
        number: str,
        *,
        state: str = "new",
        due_s: float = -1,
        consent: str | None = "form",
        person: str | None = None,
        zone: str | None = None,
        agent: str | None = None,
        of: ListId | None = None,
    ) -> LeadId:
        lead_id = LeadId(new_id())
        view = LeadView(lead_id, campaign, LeadState(state), due(due_s), of, zone)
        self.store.leads[lead_id] = LeadRow(view, number, consent, person_id=person)
        if agent is not None:
            self.store.leads[lead_id].holder, self.store.leads[lead_id].holder_id = "agent", agent
        return lead_id

    async def choose_dispositions(self, campaign: CampaignId, chosen: Dispositions) -> None:
        rows = self.store.campaign_rows
        rows[campaign] = replace(rows[campaign], dispositions=chosen)

    async def place(self, lead_id: LeadId, region: str) -> None:
        self.store.leads[lead_id].region = region

    async def add_calendar(self, region: str, hours: dict[str, Any]) -> None:
        self.store.regions[region] = calendar_of(hours)

    async def add_dnc(self, number: str, campaign: CampaignId | None = None) -> None:
        if campaign is None:
            self.store.dnc.add(number)
        else:
            self.store.dnc_of_campaign.add((number, campaign))

    async def add_dnc_prefix(self, prefix: str) -> None:
        self.store.dnc_prefixes.add(prefix)

    async def add_list(
        self, campaign: CampaignId, *, priority: int = 50, weight: int = 50, is_active: bool = True
    ) -> ListId:
        list_id = ListId(new_id())
        self.store.lists[list_id] = ListRow(LeadList(list_id, priority, weight), is_active)
        return list_id

    async def switch(self, list_id: ListId, is_active: bool) -> None:
        self.store.lists[list_id] = replace(self.store.lists[list_id], is_active=is_active)

    async def add_phone(self, extension: str, secret: str) -> None:
        self.store.phones[extension] = secret

    async def add_command(self, node: str, kind: str, payload: dict[str, Any]) -> str:
        row = CommandRow(new_id(), kind, payload)
        self.store.commands.append((node, row))
        return row.id

    async def lead(self, lead_id: LeadId) -> Seen:
        row = self.store.leads[lead_id]
        return Seen(row.view.state.value, row.reason, row.attempts, row.view.next_at)

    async def is_on_dnc(self, number: str) -> bool:
        return number in self.store.dnc

    async def ledger_of(self, attempt_id: AttemptId) -> list[str]:
        rows = self.store.ledger
        assert first_break(rows, rows[-1].seq, rows[-1].hash) is None
        return [row.entry.kind.value for row in rows if row.entry.attempt_id == attempt_id]

    async def packets_of(self, attempt_id: AttemptId) -> tuple[int | None, int | None]:
        kept = self.store.recording_facts[attempt_id]
        return kept.rx_packets, kept.tx_packets

    async def answer_of(self, command_id: str) -> tuple[str, dict[str, Any]] | None:
        return self.store.answers.get(command_id)

    async def health_of(self, node: str) -> dict[str, Any]:
        return self.store.beats[node]

    async def paced(self, campaign: CampaignId) -> dict[str, Any]:
        return self.store.pacing_now[campaign].body

    async def wake(self) -> None:
        self.store.wake()


@dataclass
class PostgresWorld:
    """The store over PostgreSQL, in the application's role."""

    engine: AsyncEngine
    store: PostgresStore

    async def _insert(self, table: Any, **values: Any) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(insert(table).values(**values))

    async def _one(self, query: Any) -> Any:
        async with self.engine.connect() as connection:
            return (await connection.execute(query)).one_or_none()

    async def add_campaign(self, state: str = "running", **changes: Any) -> CampaignId:
        made = make_campaign(state, **changes)
        await self._insert(
            tables.campaigns,
            **{name: value for name, value in vars(made).items() if name not in ("dispositions", "pacing")}
            | vars(made.pacing)
            | {"mode": made.mode.value, "name": made.id, "product": "5G", "region": "north"},
        )
        return made.id

    async def stop_everything(self, how: str) -> None:
        await self._insert(tables.emergency_stops, id=new_id(), how=how, reason="fire", stopped_by=new_id())

    async def lift(self) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(update(tables.emergency_stops).values(lifted_at=func.now(), lifted_by=new_id()))

    async def add_lead(
        self,
        campaign: CampaignId,
        number: str,
        *,
        state: str = "new",
        due_s: float = -1,
        consent: str | None = "form",
        person: str | None = None,
        zone: str | None = None,
        agent: str | None = None,
        of: ListId | None = None,
    ) -> LeadId:
        lead_id = LeadId(new_id())
        values = {"id": lead_id, "campaign_id": campaign, "number": number, "state": state, "person_id": person}
        proof = {"consent_source": consent, "consent_basis": consent, "consent_proof": consent}
        held = {"holder": "agent" if agent else "stock", "holder_id": agent}
        await self._insert(tables.leads, **values, **proof, **held, zone=zone, list_id=of, next_at=due(due_s))
        return lead_id

    async def choose_dispositions(self, campaign: CampaignId, chosen: Dispositions) -> None:
        for row in rows_of(chosen, campaign):
            await self._insert(dispositions, id=new_id(), **row)

    async def place(self, lead_id: LeadId, region: str) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(update(tables.leads).where(tables.leads.c.id == lead_id).values(region=region))

    async def add_calendar(self, region: str, hours: dict[str, Any]) -> None:
        now, kept = datetime.now(UTC), gate_tables.calendars
        row = {"region": region, "hours": hours, "changed_by": new_id(), "changed_at": now}
        async with self.engine.begin() as connection:
            await connection.execute(delete(kept).where(kept.c.region == region))
            await connection.execute(insert(kept).values(row))

    async def add_dnc(self, number: str, campaign: CampaignId | None = None) -> None:
        scope = "campaign" if campaign else "centre"
        await self._insert(gate_tables.dnc, number=number, reason="asked", scope=scope, campaign_id=campaign)

    async def add_dnc_prefix(self, prefix: str) -> None:
        await self._insert(gate_tables.dnc_prefixes, prefix=prefix, reason="asked")

    async def add_list(
        self, campaign: CampaignId, *, priority: int = 50, weight: int = 50, is_active: bool = True
    ) -> ListId:
        list_id = ListId(new_id())
        settings = {"priority": priority, "weight": weight, "is_active": is_active}
        await self._insert(tables.lists, id=list_id, campaign_id=campaign, name=list_id, **settings)
        return list_id

    async def switch(self, list_id: ListId, is_active: bool) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(
                update(tables.lists).where(tables.lists.c.id == list_id).values(is_active=is_active)
            )

    async def add_phone(self, extension: str, secret: str) -> None:
        await self._insert(tables.phones, extension=extension, secret=secret)

    async def add_command(self, node: str, kind: str, payload: dict[str, Any]) -> str:
        command_id = new_id()
        await self._insert(tables.commands, id=command_id, node=node, kind=kind, payload=payload)
        return command_id

    async def lead(self, lead_id: LeadId) -> Seen:
        row = await self._one(select(tables.leads).where(tables.leads.c.id == lead_id))
        return Seen(row.state, row.reason, row.attempts, row.next_at)

    async def is_on_dnc(self, number: str) -> bool:
        return await self._one(select(gate_tables.dnc).where(gate_tables.dnc.c.number == number)) is not None

    async def ledger_of(self, attempt_id: AttemptId) -> list[str]:
        async with self.engine.connect() as connection:
            rows = [row async for row in ledger.read_rows(connection)]
            assert first_break(rows, *await ledger.head(connection)) is None
        return [row.entry.kind.value for row in rows if row.entry.attempt_id == attempt_id]

    async def packets_of(self, attempt_id: AttemptId) -> tuple[int | None, int | None]:
        facts = tables.recording_facts
        row = await self._one(select(facts).where(facts.c.attempt_id == attempt_id))
        return row.rx_packets, row.tx_packets

    async def answer_of(self, command_id: str) -> tuple[str, dict[str, Any]] | None:
        row = await self._one(select(tables.commands).where(tables.commands.c.id == command_id))
        return (row.status, row.result) if row.ended_at else None

    async def health_of(self, node: str) -> dict[str, Any]:
        row = await self._one(select(tables.nodes).where(tables.nodes.c.name == node))
        return dict(json.loads(json.dumps(row.health)))

    async def paced(self, campaign: CampaignId) -> dict[str, Any]:
        row = await self._one(select(tables.pacing_now).where(tables.pacing_now.c.campaign_id == campaign))
        return dict(row.body)

    async def wake(self) -> None:
        async with self.engine.begin() as connection:
            await connection.exec_driver_sql("notify tianzhou_commands")
