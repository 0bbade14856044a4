import { expect, test } from "vitest";
import { askedFor, canUndo, closesOf, fitting, groupsOf, type Holding, linesOf, type Move, type StockLine, sumOf, type Team } from "./rules";

const LINE = { team_id: "t", since: null, brought: 0, received: 0, used: 0, returned: 0, passed_on: 0, open: 0, difference: 0 };
const TEAM: Team = {
  id: "t",
  name: "一班",
  leader_id: "l",
  leader_name: "班长",
  quota: 2000,
  members: [{ user_id: "a", username: "a", name: "甲" }],
  created_at: "2026-11-27T00:00:00Z",
};

function holding(user_id: string, holder: Holding["holder"], figures: Partial<Holding> = {}): Holding {
  return { ...LINE, user_id, name: user_id, holder, ...figures };
}

function stock(list: string, region: string, quality: string, count: number): StockLine {
  return { campaign_id: "c", list_id: list, list_name: `list ${list}`, region, quality, count };
}

const STOCK = [stock("1", "广东", "A", 30), stock("1", "广东", "B", 50), stock("2", "四川", "A", 100), stock("2", "四川", "", 5)];

test("a team's accounts are its leader's and its agents', nobody else's", () => {
  const all = [holding("a", "agent"), holding("l", "leader"), holding("x", "agent"), holding("l", "agent")];
  const { leader, agents } = linesOf(all, TEAM);
  expect(leader?.user_id).toBe("l");
  expect(agents.map(({ user_id }) => user_id)).toEqual(["a", "l"]);
});

test("sums count what was passed on as given away", () => {
  const lines = [holding("a", "agent", { brought: 1, received: 9, used: 4, returned: 2, passed_on: 1, open: 3 }), holding("l", "agent", { received: 5, open: 5 })];
  expect(sumOf(lines)).toEqual({ total: 15, open: 8, used: 4, returned: 3, difference: 0 });
});

test("the stock is grouped by what one looks for, the largest first", () => {
  expect(groupsOf(STOCK, "list", "—").map(({ name, count, kind }) => [name, count, kind])).toEqual([
    ["list 2", 105, { list_id: "2" }],
    ["list 1", 80, { list_id: "1" }],
  ]);
  expect(groupsOf(STOCK, "region", "—")[1]?.parts).toEqual([
    { name: "B", count: 50 },
    { name: "A", count: 30 },
  ]);
  expect(groupsOf(STOCK, "quality", "未分级").map(({ name, count }) => [name, count])).toEqual([
    ["A", 130],
    ["B", 50],
    ["未分级", 5],
  ]);
});

test("what fits is counted as the api counts it", () => {
  expect(fitting(STOCK, {})).toBe(185);
  expect(fitting(STOCK, { region: "四川", quality: "A" })).toBe(100);
  expect(fitting(STOCK, { list_id: "1", quality: "" })).toBe(0);
});

test("who made a move may take it back, and who commands leaders, but once and never a call's", () => {
  const move = { kind: "issue", by: "l", reversed_by: null } as Move;
  expect([canUndo(move, "l", false), canUndo(move, "x", false), canUndo(move, "x", true)]).toEqual([true, false, true]);
  expect(canUndo({ ...move, reversed_by: "m" }, "l", true)).toBe(false);
  expect(canUndo({ ...move, kind: "use" }, "l", true)).toBe(false);
});

test("each so many, or so many in all", () => expect([askedFor("each", 50, 4), askedFor("total", 50, 4)]).toEqual([200, 50]));

test("accounts that were closed together stand together", () => {
  const shift = (request_id: string, name: string) => ({ request_id, name });
  const found = closesOf([shift("2", "a"), shift("2", "b"), shift("1", "a")]);
  expect(found.map((close) => close.map(({ name }) => name))).toEqual([["a", "b"], ["a"]]);
});
