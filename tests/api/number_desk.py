"""A leader's desk for tests: a campaign with numbers in stock, a leader, his agents, and their orders over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select

from api.auth.roles import Role
from api.ids import new_id
from dialer.core.attempt import Attempt, DialResult, EndReason, Mode
from dialer.core.disposition import Meaning
from dialer.core.ids import AgentId, AttemptId, CampaignId, LeadId
from dialer.core.records import AttemptClosed, AttemptDisposed
from dialer.core.recycle import LeadNext, LeadState
from dialer.ports import Lease
from dialer.store.postgres import PostgresStore
from dialer.store.tables import leads, lists
from tests.api.office import V1, Office, Someone


class Desk:
    """Everything a story of numbers needs."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.store = PostgresStore(office.engine)
        self.lease: Lease | None = None
        self.campaign = ""
        self.list = ""
        self.boss: Someone
        self.leader: Someone
        self.agents: list[Someone] = []
        self._numbers = 0

    async def open(self, numbers: int = 0, agents: int = 2, quota: int = 2000) -> "Desk":
        self.campaign = await self.office.campaign(mode="manual")
        self.list = await self.new_list()
        self.boss = await self.office.someone(Role.SUPERVISOR)
        self.leader, self.agents = await self.team(agents, quota)
        await self.stock(numbers)
        return self

    async def team(self, agents: int, quota: int = 2000) -> tuple[Someone, list[Someone]]:
        leader = await self.office.someone(Role.TEAM_LEADER, Role.AGENT)
        people = [await self.office.someone(Role.AGENT) for _ in range(agents)]
        new = {"name": f"team {new_id()}", "leader_id": leader.id, "quota": quota}
        made = await self.ask(self.boss, "POST", "/teams", new, status=201)
        await self.ask(self.boss, "PUT", f"/teams/{made['id']}/members", {"agent_ids": [each.id for each in people]})
        return leader, people

    async def new_list(self, region: str = "广东", **other: Any) -> str:
        row = {"id": new_id(), "campaign_id": self.campaign, "name": f"list {new_id()}", "region": region} | other
        async with self.office.engine.begin() as connection:
            await connection.execute(insert(lists).values(row))
        return str(row["id"])

    async def stock(self, count: int, **other: Any) -> list[str]:
        """So many new numbers with consent in the list."""
        rows = []
        for _ in range(count):
            self._numbers += 1
            row: dict[str, Any] = {
                "id": new_id(),
                "campaign_id": self.campaign,
                "list_id": self.list,
                "region": "广东",
            }
            row |= {"number": f"+86139{self._numbers:08d}", "next_at": datetime.now(UTC) - timedelta(minutes=1)}
            consent = {"consent_source": "hall", "consent_basis": "written", "consent_proof": "3-12"}
            rows.append(row | consent | other)
        if rows:
            async with self.office.engine.begin() as connection:
                await connection.execute(insert(leads), rows)
        return [str(row["id"]) for row in rows]

    async def ask(self, who: Someone, method: str, path: str, body: Any = None, status: int | None = 200) -> Any:
        """The answer's body; of another status than the expected one, a failure."""
        sent = {"json": body} if body is not None else {}
        answer = await self.office.http.request(method, f"{V1}{path}", headers=who.headers, **sent)
        assert status is None or answer.status_code == status, answer.text
        return answer if status is None else answer.json()

    async def order(self, who: Someone, what: str, status: int | None = 200, **body: Any) -> Any:
        """An order with a fresh request_id, unless the body brings one."""
        return await self.ask(who, "POST", f"/numbers/{what}", {"request_id": new_id()} | body, status)

    async def draw(self, count: int, who: Someone | None = None, **body: Any) -> Any:
        return await self.order(who or self.leader, "draws", campaign_id=self.campaign, count=count, **body)

    async def line(self, who: Someone, holder: str) -> dict[str, int]:
        """A person's account as the leader above sees it."""
        found = (await self.ask(self.boss, "GET", f"/numbers/holdings?user_id={who.id}"))["items"]
        line = next(each for each in found if each["holder"] == holder)
        names = ("brought", "received", "used", "returned", "passed_on", "open", "difference")
        return {name: line[name] for name in names if line[name]}

    async def held(self, who: Someone, holder: str = "agent") -> list[str]:
        query = select(leads.c.id).where(leads.c.holder == holder, leads.c.holder_id == who.id).order_by(leads.c.id)
        async with self.office.engine.connect() as connection:
            return list((await connection.execute(query)).scalars())

    async def counts(self) -> dict[str, int]:
        query = select(leads.c.holder, func.count().label("count")).group_by(leads.c.holder)
        async with self.office.engine.connect() as connection:
            return {row.holder: row._mapping["count"] for row in await connection.execute(query)}

    async def call(self, who: Someone, lead_id: str, after: LeadNext | None = None) -> Attempt:
        """A call by hand to the number, that ends as it is said: usually spoken to, so the number is over."""
        if self.lease is None:
            self.lease = await self.store.acquire("node-1", "tests", 600, lambda _: True)
        assert self.lease is not None
        now = datetime.now(UTC)
        attempt = Attempt(
            id=AttemptId(new_id()),
            campaign_id=CampaignId(self.campaign),
            lead_id=LeadId(lead_id),
            number="+8613900000000",
            mode=Mode.MANUAL,
            trunk="practice",
            caller_id="10010",
            ring_s=30,
            opened_at=now,
            agent_id=AgentId(who.id),
        )
        await self.store.open_attempt(self.lease, attempt)
        then = after or LeadNext(LeadState.DONE, now, "spoken to")
        ended = AttemptClosed(
            attempt_id=attempt.id,
            lead_id=attempt.lead_id,
            at=now,
            result=DialResult.ANSWERED,
            reason=EndReason.CUSTOMER_HUNG_UP,
            cause=16,
            tech_cause=None,
            abandoned=False,
            answered_at=now,
            connected_at=now,
            session_id=None,
            agent_id=attempt.agent_id,
            lead_next=then,
        )
        await self.store.write([ended])
        return attempt

    async def dispose(self, call: Attempt, state: LeadState, code: str) -> None:
        now = datetime.now(UTC)
        said = AttemptDisposed(call.id, code, now, LeadNext(state, now, code), False, Meaning.CONTACT)
        await self.store.write([said])
