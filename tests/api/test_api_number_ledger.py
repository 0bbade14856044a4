"""A leader's numbers over HTTP: drawn, issued, called, taken back, undone; a shift closes only when they balance."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from api.auth.roles import Role
from api.ids import new_id
from dialer.core.ledger import first_break
from dialer.core.merkle import leaf_hash, root_of
from dialer.core.recycle import LeadNext, LeadState, Others
from dialer.store import ledger
from dialer.store.tables import leads, lists
from tests.api.number_desk import Desk
from tests.api.office import Office, assert_problem, engine_side, refused


@pytest.fixture
async def desk(office: Office) -> Desk:
    return await Desk(office).open(numbers=10)


async def test_a_leaders_day(office: Office) -> None:
    desk = await Desk(office).open(numbers=260, agents=4)
    leader, agents = desk.leader, desk.agents
    drawn = await desk.draw(200)
    assert (drawn["moved"], drawn["short"], drawn["why_short"]) == (200, 0, None)
    issued = await desk.order(leader, "issues", agent_ids=[each.id for each in agents], each=45)
    assert [move["count"] for move in issued["moves"]] == [45] * 4
    assert await desk.line(leader, "leader") == {"received": 200, "passed_on": 180, "open": 20}

    for lead_id in (await desk.held(agents[0]))[:10]:
        await desk.call(agents[0], lead_id)
    again = LeadNext(LeadState.ATTEMPTED, datetime.now(UTC), "not reached")
    for lead_id in (await desk.held(agents[1]))[:5]:
        await desk.call(agents[1], lead_id, again)
    assert await desk.line(agents[0], "agent") == {"received": 45, "used": 10, "open": 35}
    assert await desk.line(agents[1], "agent") == {"received": 45, "open": 45}

    refused = await desk.order(leader, "shifts/close", None)
    assert_problem(refused, 409, "numbers_open")
    back = await desk.order(agents[3], "returns", holder="agent", untouched=True)
    assert (back["moved"], back["moves"][0]["kind"]) == (45, "take_back")
    taken = await desk.order(leader, "take-backs", agent_ids=[agents[0].id], each=5)
    assert taken["moved"] == 5
    assert_problem(await desk.order(leader, "shifts/close", None, give_back=True), 409, "numbers_open")

    closed = await desk.order(leader, "shifts/close", give_back=True, leave_open=True)
    figures = {shift["user_id"]: shift for shift in closed["shifts"]}
    assert figures[agents[1].id]["open"] == 5  # called and not reached: they are brought into the next shift
    assert figures[agents[0].id]["used"] == 10
    assert await desk.counts() == {"stock": 245, "agent": 5, "used": 10}
    assert await desk.line(agents[1], "agent") == {"brought": 5, "open": 5}
    shown = (await desk.ask(leader, "GET", "/numbers/shifts"))["items"]
    assert {shift["user_id"] for shift in shown} == {leader.id, *(agent.id for agent in agents)}
    assert await desk.ask(desk.boss, "GET", "/numbers/differences") == []


async def test_a_shift_does_not_close_with_a_number_missing(desk: Desk) -> None:
    await desk.draw(3)
    lost = (await desk.held(desk.leader, "leader"))[0]
    async with desk.office.engine.begin() as connection:
        await connection.execute(update(leads).where(leads.c.id == lost).values(holder="stock", holder_id=None))
    answer = await desk.order(desk.leader, "shifts/close", None, leave_open=True)
    assert "139****" in assert_problem(answer, 409, "numbers_missing")["detail"]
    assert (await desk.line(desk.leader, "leader"))["difference"] == 1
    named = await desk.ask(desk.leader, "GET", "/numbers/differences")
    assert [(each["lead_id"], each["by_moves"], each["holder"]) for each in named] == [(lost, "leader", "stock")]
    assert named[0]["by_moves_name"] == desk.leader.username
    said = {"request_id": new_id(), "lead_ids": [lost, new_id()], "why": "restored from a backup"}
    settled = await desk.ask(desk.boss, "POST", "/numbers/differences/settle", said)
    assert (settled["moved"], settled["short"], settled["moves"][0]["kind"]) == (1, 1, "correct")
    assert await desk.ask(desk.boss, "POST", "/numbers/differences/settle", said) == settled
    assert await desk.line(desk.leader, "leader") == {"received": 3, "returned": 1, "open": 2}
    assert len((await desk.order(desk.leader, "shifts/close", leave_open=True))["shifts"]) == 1


async def test_an_agent_closes_his_own_shift_and_gives_back_what_he_did_not_call(desk: Desk) -> None:
    agent = desk.agents[0]
    await desk.draw(6)
    await desk.order(desk.leader, "issues", agent_ids=[agent.id], total=6)
    await desk.call(agent, (await desk.held(agent))[0])
    held = (await desk.ask(agent, "GET", "/numbers/held"))["items"]
    assert len(held) == 5 and all(each["untouched"] and "****" in each["number"] for each in held)
    assert_problem(await desk.order(agent, "shifts/close", None, holder="agent"), 409, "numbers_open")
    closed = await desk.order(agent, "shifts/close", holder="agent", give_back=True)
    assert [(move["kind"], move["count"]) for move in closed["moves"]] == [("take_back", 5)]
    assert [(shift["used"], shift["returned"], shift["open"]) for shift in closed["shifts"]] == [(1, 5, 0)]
    assert await desk.line(desk.leader, "leader") == {"received": 11, "passed_on": 6, "open": 5}


async def test_two_leaders_who_draw_the_last_numbers_get_what_there_is_and_none_twice(office: Office) -> None:
    desk = await Desk(office).open(numbers=120)
    other, _ = await desk.team(1)
    both = await asyncio.gather(desk.draw(500), desk.draw(500, other))
    assert sum(each["moved"] for each in both) == 120
    short = [each for each in both if each["short"]]
    assert all(each["short"] == 500 - each["moved"] and each["why_short"] == "stock" for each in short) and short
    mine, theirs = await desk.held(desk.leader, "leader"), await desk.held(other, "leader")
    assert len({*mine, *theirs}) == len(mine) + len(theirs) == 120


async def test_who_asks_for_more_than_his_quota_is_told_how_many_are_short(office: Office) -> None:
    desk = await Desk(office).open(numbers=50, quota=30)
    await desk.draw(20)
    await desk.order(desk.leader, "issues", agent_ids=[desk.agents[0].id], each=20)
    answer = await desk.draw(40)
    assert (answer["moved"], answer["short"], answer["why_short"]) == (10, 30, "quota")
    team = (await desk.ask(desk.leader, "GET", "/teams"))["items"][0]
    await desk.ask(desk.boss, "PATCH", f"/teams/{team['id']}", {"quota": 100})
    assert (await desk.draw(20))["moved"] == 20


async def test_the_same_order_twice_is_one_and_another_with_its_id_is_refused(desk: Desk) -> None:
    request = new_id()
    first, second = await asyncio.gather(desk.draw(4, request_id=request), desk.draw(4, request_id=request))
    assert first == second and await desk.counts() == {"stock": 6, "leader": 4}
    answer = await desk.order(desk.leader, "draws", None, campaign_id=desk.campaign, count=5, request_id=request)
    assert_problem(answer, 409, "request_reused")


async def test_numbers_are_drawn_by_list_region_and_quality_and_only_those_an_agent_could_call(desk: Desk) -> None:
    await desk.stock(3, quality="A")
    await desk.stock(2, region="湖南")
    await desk.stock(2, consent_basis=None)
    await desk.stock(2, state="waiting")
    off = await desk.new_list(is_active=False)
    await desk.stock(2, list_id=off)
    lines = (await desk.ask(desk.leader, "GET", f"/numbers/stock?campaign_id={desk.campaign}"))["items"]
    assert sorted((line["region"], line["quality"], line["count"]) for line in lines) == [
        ("广东", "", 10),
        ("广东", "A", 3),
        ("湖南", "", 2),
    ]
    assert (await desk.draw(9, quality="A"))["moved"] == 3
    assert (await desk.draw(9, region="湖南"))["moved"] == 2
    assert (await desk.draw(9, list_id=off))["moved"] == 0
    assert (await desk.draw(99, list_id=desk.list))["moved"] == 10


async def test_a_move_is_undone_whole_while_its_numbers_are_untouched(desk: Desk) -> None:
    agent = desk.agents[0]
    await desk.draw(5)
    issued = await desk.order(desk.leader, "issues", agent_ids=[agent.id], each=3)
    move = issued["moves"][0]["id"]
    stranger, _ = await desk.team(0)
    assert (await desk.order(stranger, f"moves/{move}/undo", None)).status_code == 403
    undone = await desk.order(desk.leader, f"moves/{move}/undo", why="wrong list")
    assert undone["moves"][0]["reverses"] == move and await desk.held(agent) == []
    assert await desk.line(desk.leader, "leader") == {"received": 5, "open": 5}
    assert_problem(await desk.order(desk.leader, f"moves/{move}/undo", None), 409, "undone_already")
    counter = undone["moves"][0]["id"]
    assert_problem(await desk.order(desk.boss, f"moves/{counter}/undo", None), 409, "not_undoable")


async def test_what_moved_on_is_named_and_nothing_is_undone(desk: Desk) -> None:
    agent = desk.agents[0]
    drawn = (await desk.draw(5))["moves"][0]["id"]
    issued = (await desk.order(desk.leader, "issues", agent_ids=[agent.id], each=2))["moves"][0]["id"]
    first, second = await desk.held(agent)
    problem = assert_problem(await desk.order(desk.leader, f"moves/{drawn}/undo", None), 409, "numbers_moved_on")
    assert "2 of its numbers" in problem["detail"] and "agent" in problem["detail"]
    await desk.call(agent, first, LeadNext(LeadState.ATTEMPTED, datetime.now(UTC), "busy"))
    assert_problem(await desk.order(desk.leader, f"moves/{issued}/undo", None), 409, "numbers_moved_on")
    shown = await desk.ask(desk.leader, "GET", f"/numbers/moves/{issued}")
    assert {lead["lead_id"]: lead["moved_on"] for lead in shown["leads"]} == {first: True, second: False}
    assert shown["moved_on"] == 1 and await desk.held(agent) == [first, second]


async def test_what_comes_of_a_call_moves_the_number_and_is_taken_back_when_it_is_to_be_called_again(
    desk: Desk,
) -> None:
    agent = desk.agents[0]
    await desk.draw(2)
    await desk.order(desk.leader, "issues", agent_ids=[agent.id], each=2)
    first, second = await desk.held(agent)
    call = await desk.call(agent, first)
    assert await desk.line(agent, "agent") == {"received": 2, "used": 1, "open": 1}
    await desk.dispose(call, LeadState.ATTEMPTED, "no_voice")
    assert await desk.line(agent, "agent") == {"received": 2, "open": 2} and await desk.held(agent) == [first, second]
    moves = (await desk.ask(desk.leader, "GET", f"/numbers/moves?lead_id={first}"))["items"]
    assert [move["kind"] for move in moves] == ["undo", "use", "issue", "draw"]
    assert moves[1]["call_id"] == call.id and moves[0]["reverses"] == moves[1]["id"]
    await desk.dispose(await desk.call(agent, second), LeadState.BLOCKED, "refusal")
    assert await desk.line(agent, "agent") == {"received": 2, "used": 1, "open": 1}
    assert await desk.ask(desk.boss, "GET", "/numbers/differences") == []


async def test_a_number_called_from_stock_and_to_be_called_again_is_the_stocks_again(desk: Desk) -> None:
    lead = (await desk.stock(1))[0]
    call = await desk.call(desk.agents[0], lead)
    assert (await desk.counts())["used"] == 1
    await desk.dispose(call, LeadState.ATTEMPTED, "no_voice")
    assert await desk.counts() == {"stock": 11}


async def test_the_other_numbers_of_a_person_who_was_spoken_to_leave_their_holder_too(desk: Desk) -> None:
    person, agent = new_id(), desk.agents[0]
    await desk.stock(2, person_id=person, quality="P")
    await desk.draw(2, quality="P")
    await desk.order(desk.leader, "issues", agent_ids=[agent.id], each=1)
    done = LeadNext(LeadState.DONE, datetime.now(UTC), "sale", Others.CLOSE)
    await desk.call(agent, (await desk.held(agent))[0], done)
    assert await desk.counts() == {"stock": 10, "used": 2}
    assert await desk.line(desk.leader, "leader") == {"received": 2, "used": 1, "passed_on": 1}


async def test_numbers_pass_from_agent_to_agent_and_from_leader_to_leader(desk: Desk) -> None:
    one, two = desk.agents
    await desk.draw(8)
    await desk.order(desk.leader, "issues", agent_ids=[one.id, two.id], total=5)
    named = (await desk.held(one))[:2]
    sides: dict[str, Any] = {"holder": "agent", "from_id": one.id, "to_id": two.id}
    assert (await desk.order(desk.leader, "transfers", lead_ids=named, **sides))["moved"] == 2
    assert await desk.line(one, "agent") == {"received": 3, "passed_on": 2, "open": 1}
    other, (stranger,) = await desk.team(1, quota=2)
    wrong = await desk.order(desk.leader, "transfers", None, holder="agent", from_id=one.id, to_id=stranger.id)
    assert_problem(wrong, 409, "not_your_agent")
    over: dict[str, Any] = {"holder": "leader", "from_id": desk.leader.id, "to_id": other.id}
    answer = await desk.order(desk.leader, "transfers", count=3, **over)
    assert (answer["moved"], answer["why_short"]) == (2, "quota")
    assert (await desk.order(other, "transfers", None, **over)).status_code == 403
    returned = await desk.order(desk.boss, "returns", leader_id=other.id)
    assert returned["moved"] == 2 and (await desk.counts())["stock"] == 4


async def test_a_leader_who_sells_himself_has_two_accounts(desk: Desk) -> None:
    await desk.draw(4)
    await desk.order(desk.leader, "issues", agent_ids=[desk.leader.id], each=3)
    assert await desk.line(desk.leader, "leader") == {"received": 4, "passed_on": 3, "open": 1}
    assert await desk.line(desk.leader, "agent") == {"received": 3, "open": 3}
    assert (await desk.order(desk.leader, "returns", holder="agent"))["moved"] == 3


async def test_calls_that_were_promised_stay_with_their_agent_and_so_does_one_that_is_going_on(desk: Desk) -> None:
    agent = desk.agents[0]
    await desk.draw(4)
    await desk.order(desk.leader, "issues", agent_ids=[agent.id], each=4)
    promised, calling, *_ = await desk.held(agent)
    async with desk.office.engine.begin() as connection:
        await connection.execute(update(leads).where(leads.c.id == promised).values(state="callback"))
        await connection.execute(update(leads).where(leads.c.id == calling).values(state="claimed"))
    assert (await desk.order(desk.leader, "take-backs"))["moved"] == 2
    answer = await desk.order(desk.leader, "take-backs", lead_ids=[promised, calling])
    assert (answer["moved"], answer["short"], answer["why_short"]) == (1, 1, "busy")


async def test_the_ledger_has_each_move_with_its_count_and_a_root_and_no_number(desk: Desk) -> None:
    move = (await desk.draw(3))["moves"][0]
    taken = await desk.held(desk.leader, "leader")
    async with desk.office.engine.connect() as connection:
        rows = [row async for row in ledger.read_rows(connection)]
        head = await ledger.head(connection)
    assert first_break(rows, *head) is None
    body = rows[-1].entry.body
    assert body["root"] == root_of(leaf_hash(UUID(lead).bytes) for lead in sorted(taken)).hex() == move["root"]
    assert (body["count"], body["to"]) == (3, {"holder": "leader", "id": desk.leader.id})
    assert "139" not in str(body["to"]) and set(body) == {
        *("move_id", "move", "by", "count", "root", "from", "to", "reverses")
    }


async def test_who_sees_what(desk: Desk) -> None:
    await desk.draw(4)
    await desk.order(desk.leader, "issues", agent_ids=[desk.agents[0].id], each=2)
    other, _ = await desk.team(1)
    for who, seen in ((other, 0), (desk.leader, 2), (desk.boss, 2), (desk.agents[0], 1), (desk.agents[1], 0)):
        assert len((await desk.ask(who, "GET", "/numbers/moves"))["items"]) == seen
    lines = (await desk.ask(desk.agents[0], "GET", "/numbers/holdings"))["items"]
    assert [(line["user_id"], line["open"]) for line in lines] == [(desk.agents[0].id, 2)]
    stranger = await desk.office.someone(Role.TEAM_LEADER)
    assert_problem(await desk.order(stranger, "draws", None, campaign_id=desk.campaign, count=1), 409, "no_team")
    named: dict[str, Any] = {"campaign_id": desk.campaign, "count": 1, "leader_id": desk.leader.id}
    assert (await desk.order(other, "draws", None, **named)).status_code == 403
    assert (await desk.order(desk.boss, "draws", **named))["moves"][0]["to_id"] == desk.leader.id


async def test_who_still_has_numbers_does_not_leave_his_team(desk: Desk) -> None:
    await desk.draw(2)
    await desk.order(desk.leader, "issues", agent_ids=[desk.agents[0].id], each=1)
    team = (await desk.ask(desk.boss, "GET", "/teams"))["items"][0]
    assert [mate["user_id"] for mate in team["members"]] == sorted(
        (each.id for each in desk.agents), key=lambda key: f"u{key[-12:]}"
    )
    path = f"/teams/{team['id']}"
    alone = {"agent_ids": [desk.agents[1].id]}
    assert_problem(await desk.ask(desk.boss, "PUT", f"{path}/members", alone, None), 409, "numbers_open")
    new = await desk.office.someone(Role.TEAM_LEADER)
    change = {"leader_id": new.id}
    assert_problem(await desk.ask(desk.boss, "PATCH", path, change, None), 409, "numbers_open")
    await desk.order(desk.leader, "take-backs")
    await desk.order(desk.leader, "returns")
    assert len((await desk.ask(desk.boss, "PUT", f"{path}/members", alone))["members"]) == 1
    assert (await desk.ask(desk.boss, "PATCH", path, change))["leader_id"] == new.id
    sellers = (await desk.ask(desk.boss, "GET", "/sellers"))["items"]
    assert {seller["user_id"]: seller["team_id"] for seller in sellers}[desk.agents[0].id] is None


async def test_a_team_is_refused_with_a_reason(desk: Desk) -> None:
    agent = desk.agents[0]
    answer = await desk.ask(desk.boss, "POST", "/teams", {"name": "x", "leader_id": agent.id}, None)
    assert_problem(answer, 404, "unknown_user")
    answer = await desk.ask(desk.boss, "POST", "/teams", {"name": "x", "leader_id": desk.leader.id}, None)
    assert_problem(answer, 409, "leads_already")
    team = (await desk.ask(desk.boss, "GET", "/teams"))["items"][0]
    other = await desk.office.someone(Role.TEAM_LEADER)
    new = {"name": team["name"], "leader_id": other.id}
    assert_problem(await desk.ask(desk.boss, "POST", "/teams", new, None), 409, "name_taken")
    wrong = {"agent_ids": [desk.boss.id]}
    path = f"/teams/{team['id']}/members"
    assert_problem(await desk.ask(desk.boss, "PUT", path, wrong, None), 404, "unknown_user")
    missing = await desk.ask(desk.boss, "PUT", f"/teams/{new_id()}/members", {"agent_ids": []}, None)
    assert_problem(missing, 404, "unknown_team")


async def test_of_each_list_the_sums_agree(desk: Desk) -> None:
    await desk.draw(6)
    await desk.order(desk.leader, "issues", agent_ids=[desk.agents[0].id], each=4)
    await desk.call(desk.agents[0], (await desk.held(desk.agents[0]))[0])
    async with desk.office.engine.connect() as connection:
        found = (await connection.execute(select(lists.c.id))).scalars().all()
    assert desk.list in found
    clerk = await desk.office.someone(Role.DATA_ENTRY_CLERK)
    seen: dict[str, Any] = next(
        each for each in (await desk.ask(clerk, "GET", "/numbers/lists"))["items"] if each["id"] == desk.list
    )
    parts = {name: seen[name] for name in ("stock", "leaders", "agents", "used", "blocked")}
    assert parts == {"stock": 4, "leaders": 2, "agents": 3, "used": 1, "blocked": 0}
    assert sum(parts.values()) == seen["leads"] == 10


async def test_an_agent_calls_what_was_issued_to_him_and_anything_else_is_told_to_his_leader(desk: Desk) -> None:
    agent, stranger = desk.agents
    await desk.draw(2)
    await desk.order(desk.leader, "issues", agent_ids=[agent.id], each=1)
    (lead,) = await desk.held(agent)
    call = new_id()
    async with engine_side(desk.office, {"call.manual": ("done", {"call_id": call})}) as side:
        assert (await desk.ask(agent, "POST", "/calls", {"lead_id": lead}, 201)) == {"call_id": call}
        number = side.seen[0][1]["number"]
        assert side.seen[0][1]["campaign_id"] == desk.campaign and number.startswith("+86139")
        assert_problem(await desk.ask(stranger, "POST", "/calls", {"lead_id": lead}, None), 409, "not_issued")
        assert_problem(await desk.ask(agent, "POST", "/calls", {}, None), 422, "invalid_request")
    async with engine_side(desk.office, {"call.manual": refused("not_issued")}):
        typed = {"number": "139 8765 4321", "campaign_id": desk.campaign}
        assert_problem(await desk.ask(agent, "POST", "/calls", typed, None), 409, "not_issued")
    async with engine_side(desk.office, {"call.manual": refused("malformed_number")}):
        assert_problem(await desk.ask(agent, "POST", "/calls", {"number": "119"}, None), 422, "malformed_number")
    found = (await desk.ask(desk.leader, "GET", "/numbers/refused"))["items"]
    assert [(each["agent_id"], each["reason"]) for each in found] == [
        (agent.id, "malformed_number"),
        (agent.id, "not_issued"),
    ]
    assert found[1]["number"].endswith("4321") and "****" in found[1]["number"]
    other, _ = await desk.team(0)
    assert (await desk.ask(other, "GET", "/numbers/refused"))["items"] == []
