"""A storm over the number ledger: draws, issues, returns, undos, closes and calls at once, connections killed.

After it a checker that reads the rows alone replays every move: each number has exactly one holder, each account
holds what its moves say, each list adds up. Seeded; TIANZHOU_NUMBER_STEPS and TIANZHOU_SOAK_SEED make it longer.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.auth.roles import Role
from api.auth.sessions import Person
from api.auth.tables import user_roles, users
from api.errors import ApiError
from api.ids import new_id
from api.numbers import holdings, moves, shifts
from api.numbers.ledger_schemas import CloseShift, Draw, Issue, Return, TakeBack, Transfer, Undo
from api.numbers.tables import number_orders
from api.teams.tables import team_members, teams
from dialer.core.attempt import Attempt, DialResult, EndReason, Mode
from dialer.core.disposition import Meaning
from dialer.core.errors import StoreAway
from dialer.core.holding import Holder
from dialer.core.ids import AgentId, AttemptId, CampaignId
from dialer.core.ledger import EntryKind, first_break
from dialer.core.merkle import leaf_hash, root_of
from dialer.core.records import AttemptClosed, AttemptDisposed
from dialer.core.recycle import LeadNext, LeadState, Others
from dialer.ports import Lead, Lease
from dialer.store import ledger
from dialer.store.number_tables import number_move_leads, number_moves
from dialer.store.postgres import PostgresStore
from dialer.store.tables import campaigns, leads, lists
from tests.unit.core.build import ANY

STEPS = int(os.environ.get("TIANZHOU_NUMBER_STEPS", "240"))
SEED = int(os.environ.get("TIANZHOU_SOAK_SEED", "20261127"))
NUMBERS, WORKERS, TRIES = 400, 4, 50
KILL_EVERY_S = 0.05
AWAY = (DBAPIError, StoreAway, OSError)
ANY_BUSY_BACKEND = text("""
select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
and usename <> current_user and (state = 'active' or state = 'idle in transaction')
""")
pytestmark = pytest.mark.database

Order = Callable[[AsyncConnection], Awaitable[Any]]


@dataclass
class Storm:
    """Two teams, one campaign with two lists, and what was done to them."""

    engine: AsyncEngine
    owner: AsyncEngine
    chance: random.Random
    store: PostgresStore
    lease: Lease
    campaign: CampaignId
    teams: dict[str, list[str]] = field(default_factory=dict)  # leader: agents
    done: Counter[str] = field(default_factory=Counter)
    through: int = 0  # orders and records that were answered
    undoable: list[tuple[str, str]] = field(default_factory=list)  # who, move
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)  # one dialer writes one after the other

    # -- what people do ------------------------------------------------------------------------------------------

    async def step(self) -> None:
        weights = {"draw": 4, "issue": 6, "take_back": 3, "give_back": 3, "transfer": 3, "undo": 4, "close": 1}
        calls = {"call": 14, "dial": 3}
        kinds = weights | calls
        kind = self.chance.choices(list(kinds), list(kinds.values()))[0]
        await getattr(self, kind)()

    async def order(self, kind: str, carry_out: Order, who: str) -> None:
        """Sends an order until an answer comes: the connection may be killed at any moment of it."""
        for _ in range(TRIES):
            try:
                async with self.engine.begin() as connection:
                    answer = await carry_out(connection)
            except ApiError as refused:
                self.done[f"{kind}: {refused.reason}"] += 1
                return
            except AWAY as gone:
                assert "deadlock" not in str(gone), gone
                self.done["killed"] += 1
                continue
            self.through += 1
            self.done[kind] += 1
            self.undoable += [(who, move.id) for move in answer.moves if move.kind != "undo"]
            return
        raise AssertionError(f"{kind} never got through")

    def base(self) -> tuple[str, str, Person, dict[str, Any]]:
        """A leader, one of his people, the leader as a person, and what every order says."""
        leader = self.chance.choice(list(self.teams))
        agent = self.chance.choice([*self.teams[leader], leader])
        return leader, agent, person(leader), {"request_id": new_id()}

    async def draw(self) -> None:
        leader, _, who, base = self.base()
        body = Draw(**base, campaign_id=UUID(self.campaign), count=self.chance.randint(1, 120))
        await self.order("draw", lambda c: moves.draw(c, who, body), leader)

    async def issue(self) -> None:
        leader, _, who, base = self.base()
        agents = self.chance.sample([*self.teams[leader], leader], self.chance.randint(1, 3))
        many = {self.chance.choice(("each", "total")): self.chance.randint(1, 30)}
        body = Issue(**base, agent_ids=list(map(UUID, agents)), **many)
        await self.order("issue", lambda c: moves.issue(c, who, body), leader)

    async def take_back(self) -> None:
        leader, agent, who, base = self.base()
        each = self.chance.choice((None, self.chance.randint(1, 10)))
        body = TakeBack(**base, agent_ids=[UUID(agent)], each=each, untouched=self.chance.random() < 0.3)
        await self.order("take_back", lambda c: moves.take_back(c, who, body), leader)

    async def give_back(self) -> None:
        _, agent, who, base = self.base()
        is_own = self.chance.random() < 0.5
        holder = Holder.AGENT if is_own else Holder.LEADER
        body = Return(**base, holder=holder, count=self.chance.choice((None, self.chance.randint(1, 20))))
        doer = person(agent) if is_own else who
        await self.order("return", lambda c: moves.give_back(c, doer, body), doer.id)

    async def transfer(self) -> None:
        leader, agent, who, base = self.base()
        if self.chance.random() < 0.5:
            giver, taker, holder = leader, next(each for each in self.teams if each != leader), Holder.LEADER
        else:
            others = [each for each in [*self.teams[leader], leader] if each != agent]
            giver, taker, holder = agent, self.chance.choice(others), Holder.AGENT
        count = self.chance.randint(1, 15)
        body = Transfer(**base, holder=holder, from_id=UUID(giver), to_id=UUID(taker), count=count)
        await self.order("transfer", lambda c: moves.transfer(c, who, body), leader)

    async def undo(self) -> None:
        if not self.undoable:
            return
        who, move = self.chance.choice(self.undoable[-12:])
        body = Undo(request_id=UUID(new_id()), why="storm")
        await self.order("undo", lambda c: moves.undo(c, person(who), move, body), who)

    async def close(self) -> None:
        _, agent, who, base = self.base()
        is_own = self.chance.random() < 0.5
        doer, holder = (person(agent), Holder.AGENT) if is_own else (who, Holder.LEADER)
        give_back, leave_open = self.chance.random() < 0.5, self.chance.random() < 0.7
        body = CloseShift(**base, holder=holder, give_back=give_back, leave_open=leave_open)
        await self.order("close", lambda c: shifts.close(c, doer, body), doer.id)

    # -- what comes of calls -------------------------------------------------------------------------------------

    async def call(self) -> None:
        """An agent calls by hand one of the numbers that were issued."""
        agent = self.chance.choice([each for mates in self.teams.values() for each in mates])
        held = select(leads.c.number).where(leads.c.holder == "agent", leads.c.holder_id == agent)
        mine = await self.sure(lambda: self.ask(held.order_by(leads.c.id)))
        if mine:
            number = self.chance.choice(mine)
            lead = await self.sure(lambda: self.store.claim_number(self.lease, self.campaign, number))
            if lead is not None:
                await self.finish(lead, agent)

    async def dial(self) -> None:
        """The dialer calls from stock."""
        for lead in await self.sure(lambda: self.store.claim(self.lease, self.campaign, ANY, 2)):
            await self.finish(lead, None)

    async def finish(self, lead: Lead, agent: str | None) -> None:
        """Ends a call in one of many ways; sometimes the agent's word says otherwise than the line."""
        attempt = self.attempt(lead, agent)
        with suppress(IntegrityError):  # it was committed before the connection was killed
            await self.sure(lambda: self.store.open_attempt(self.lease, attempt))
        then = self.next_of((LeadState.DONE, LeadState.ATTEMPTED, LeadState.BLOCKED))
        ended = closed(attempt, then)
        await self.written(ended)
        if self.chance.random() < 0.5:
            after = self.next_of((LeadState.DONE, LeadState.ATTEMPTED, LeadState.BLOCKED))
            await self.written(AttemptDisposed(attempt.id, "said", datetime.now(UTC), after, False, Meaning.CONTACT))
        self.done["call"] += 1

    def next_of(self, states: tuple[LeadState, ...]) -> LeadNext:
        others = self.chance.choice((Others.KEEP, Others.NEXT, Others.CLOSE))
        return LeadNext(self.chance.choice(states), datetime.now(UTC), "storm", others)

    def attempt(self, lead: Lead, agent: str | None) -> Attempt:
        return Attempt(
            id=AttemptId(new_id()),
            campaign_id=self.campaign,
            lead_id=lead.id,
            number=lead.facts.number,
            mode=Mode.MANUAL if agent else Mode.PROGRESSIVE,
            trunk="practice",
            caller_id="10010",
            ring_s=30,
            opened_at=datetime.now(UTC),
            agent_id=AgentId(agent) if agent else None,
        )

    async def written(self, record: AttemptClosed | AttemptDisposed) -> None:
        async with self.writing:
            for _ in range(self.chance.randint(1, 2)):  # twice is once
                await self.sure(lambda: self.store.write([record]))

    async def sure(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        """Asks until the database answers."""
        for _ in range(TRIES):
            try:
                answer = await ask()
                self.through += 1
                return answer
            except IntegrityError:
                raise
            except AWAY:
                self.done["killed"] += 1
        raise AssertionError("the database never answered")

    async def ask(self, query: Any) -> list[Any]:
        async with self.engine.connect() as connection:
            return list((await connection.execute(query)).scalars())

    # -- crashes -------------------------------------------------------------------------------------------------

    async def kill(self, over: asyncio.Event) -> None:
        """Kills a connection that is in the middle of something, each time after something got through: on a slow
        machine nothing would, ever.
        """
        killed_at = -1
        async with self.owner.connect() as connection:
            while not over.is_set():
                while killed_at == self.through and not over.is_set():
                    await asyncio.sleep(KILL_EVERY_S)
                killed_at = self.through
                busy = list((await connection.execute(ANY_BUSY_BACKEND)).scalars())
                if busy:
                    victim = {"pid": self.chance.choice(busy)}
                    await connection.execute(text("select pg_terminate_backend(:pid)"), victim)
                await connection.rollback()
                with suppress(TimeoutError):
                    await asyncio.wait_for(over.wait(), KILL_EVERY_S)


def person(user_id: str) -> Person:
    return Person(user_id, user_id, user_id, frozenset({Role.TEAM_LEADER}), None)


def closed(attempt: Attempt, then: LeadNext) -> AttemptClosed:
    now = datetime.now(UTC)
    return AttemptClosed(
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


async def begin(engine: AsyncEngine, owner: AsyncEngine) -> Storm:
    store = PostgresStore(engine)
    lease = await store.acquire("node-1", "storm", 3600, lambda _: True)
    assert lease is not None
    storm = Storm(engine, owner, random.Random(SEED), store, lease, CampaignId(new_id()))
    named = [new_id() for _ in range(2)]
    async with engine.begin() as connection:
        row = {"id": storm.campaign, "name": "storm", "product": "p", "region": "r", "mode": "manual"}
        await connection.execute(insert(campaigns).values(row | {"caller_id": "10010", "state": "running"}))
        for list_id in named:
            row = {"id": list_id, "campaign_id": storm.campaign, "name": list_id, "region": "r"}
            await connection.execute(insert(lists).values(row))
        await connection.execute(insert(leads), [_lead(storm, named, n) for n in range(NUMBERS)])
        for _ in range(2):
            await _team(connection, storm)
    return storm


def _lead(storm: Storm, named: list[str], n: int) -> dict[str, Any]:
    """Every fifth person has three numbers, of which one waits."""
    row = {"id": new_id(), "campaign_id": storm.campaign, "list_id": named[n % 2], "number": f"+86139{n:08d}"}
    consent = {"consent_source": "hall", "consent_basis": "written", "consent_proof": "3-12"}
    person_id = f"01930000-0000-7000-8000-{n // 15:012d}" if n % 15 < 3 else None
    return row | consent | {"person_id": person_id, "state": "waiting" if n % 15 == 2 else "new"}


async def _team(connection: AsyncConnection, storm: Storm) -> None:
    people = [new_id() for _ in range(4)]
    for user_id in people:
        row = {"id": user_id, "username": user_id, "name": user_id, "password_hash": "-"}
        await connection.execute(insert(users).values(row))
        await connection.execute(insert(user_roles).values(user_id=user_id, role="team_leader"))
    leader, *agents = people
    team = {"id": new_id(), "name": leader, "leader_id": leader, "quota": 150}
    await connection.execute(insert(teams).values(team))
    await connection.execute(insert(team_members), [{"agent_id": each, "team_id": team["id"]} for each in agents])
    storm.teams[leader] = agents


async def test_whatever_happens_each_number_has_one_holder_and_every_account_balances(
    engine: AsyncEngine, owner: AsyncEngine
) -> None:
    storm, over, left = await begin(engine, owner), asyncio.Event(), iter(range(STEPS))

    async def work() -> None:
        for _ in left:
            await storm.step()

    killing = asyncio.create_task(storm.kill(over))
    try:
        await asyncio.gather(*(work() for _ in range(WORKERS)))
    finally:
        over.set()
        await killing
    print(f"\nnumber storm, seed {SEED}, {STEPS} steps: {dict(sorted(storm.done.items()))}")
    assert storm.done["killed"] and storm.done["undo"] and storm.done["call"]
    await check(storm)


async def test_the_checker_finds_a_number_that_went_by_itself(engine: AsyncEngine, owner: AsyncEngine) -> None:
    storm = await begin(engine, owner)
    await storm.draw()
    await check(storm)
    async with engine.begin() as connection:
        one = select(leads.c.id).where(leads.c.holder == "leader").limit(1).scalar_subquery()
        await connection.execute(update(leads).where(leads.c.id == one).values(holder="stock", holder_id=None))
    with pytest.raises(AssertionError):
        await check(storm)


# -- the checker: from the rows alone --------------------------------------------------------------------------------


async def check(storm: Storm) -> None:
    """Replays every move over every number, and compares with the holders, the api's figures and the ledger."""
    async with storm.engine.connect() as connection:
        now = {row.id: row for row in await connection.execute(select(leads))}
        written = (await connection.execute(select(number_moves).order_by(number_moves.c.seq))).all()
        of_move: dict[str, list[str]] = {row.id: [] for row in written}
        for row in await connection.execute(select(number_move_leads)):
            of_move[row.move_id].append(row.lead_id)
        assert len(now) == NUMBERS
        _check_replay(now, written, of_move)
        _check_accounts(now, written)
        await _check_figures(connection, storm)
        await _check_ledger(connection, written)
        unanswered = await connection.execute(select(number_orders).where(number_orders.c.answer.is_(None)))
        assert unanswered.all() == []


def _check_replay(now: dict[str, Any], written: Any, of_move: dict[str, list[str]]) -> None:
    held: dict[str, tuple[str, Any]] = {lead_id: ("stock", None) for lead_id in now}
    for move in written:
        mine = of_move[move.id]
        assert len(mine) == move.count
        assert root_of(leaf_hash(UUID(lead_id).bytes) for lead_id in sorted(mine)).hex() == move.root
        for lead_id in mine:
            was = held[lead_id]
            both_over = was[0] in ("used", "blocked") and move.from_holder in ("used", "blocked")
            assert was == (move.from_holder, move.from_id) or both_over, (move.kind, was)
            held[lead_id] = (move.to_holder, move.to_id)
    for lead_id, row in now.items():
        over, says = row.holder in ("used", "blocked"), held[lead_id]
        assert (row.holder_id is None) == (row.holder not in ("leader", "agent"))
        assert over == (row.state in ("done", "blocked")), (row.state, row.holder)
        # what was called from stock is over without a move: nobody had it
        assert says == (row.holder, row.holder_id) or (over and says[0] in ("stock", "used", "blocked")), says


def _check_accounts(now: dict[str, Any], written: Any) -> None:
    balance: Counter[tuple[str, str]] = Counter()
    for move in written:
        balance[move.from_holder, move.from_id] -= move.count
        balance[move.to_holder, move.to_id] += move.count
    counted = Counter((row.holder, row.holder_id) for row in now.values() if row.holder_id)
    assert {key: count for key, count in balance.items() if key[1] and count} == dict(counted)
    for list_id in {row.list_id for row in now.values()}:
        of_list = Counter(row.holder for row in now.values() if row.list_id == list_id)
        assert sum(of_list[each] for each in ("stock", "leader", "agent", "used", "blocked")) == NUMBERS // 2


async def _check_figures(connection: AsyncConnection, storm: Storm) -> None:
    people = [each for leader, agents in storm.teams.items() for each in (leader, *agents)]
    found = await holdings.standings(connection, people)
    assert all(each.figures.difference == 0 for each in found.values())
    assert await holdings.differences(connection, people) == []


async def _check_ledger(connection: AsyncConnection, written: Any) -> None:
    rows = [row async for row in ledger.read_rows(connection)]
    assert first_break(rows, *await ledger.head(connection)) is None
    told = {row.entry.body["move_id"] for row in rows if row.entry.kind is EntryKind.NUMBERS_MOVED}
    assert told == {move.id for move in written if move.by is not None}
