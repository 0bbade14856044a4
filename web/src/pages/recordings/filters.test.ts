import { expect, test } from "vitest";
import { chipsOf, daysOf, filtersOf, isPhone, listOf, pickOf, queryOf, searchOf } from "./filters";

test("what stands in the address comes back the same, and nothing else does", () => {
  const address = new URLSearchParams("to=2026-11-24&agent=li.si&from=2026-11-18&t=12.3&phone=&x=1");
  const filters = filtersOf(address);
  expect(filters).toEqual({ agent: "li.si", from: "2026-11-18", to: "2026-11-24" });
  expect(queryOf(filters)).toBe("agent=li.si&from=2026-11-18&to=2026-11-24");
  expect(queryOf({ ...filters, from: "", to: "" })).toBe("agent=li.si");
});

test.each([
  ["today", "2026-03-01", "2026-03-01", "2026-03-01"],
  ["yesterday", "2026-03-01", "2026-02-28", "2026-02-28"],
  ["week", "2026-03-01", "2026-02-23", "2026-03-01"],
] as const)("%s on %s is %s to %s", (pick, today, from, to) => {
  expect(daysOf(pick, today)).toEqual({ from, to });
  expect(pickOf({ from, to }, today)).toBe(pick);
});

test("other days are no quick pick", () => expect(pickOf({ from: "2026-01-01" }, "2026-03-01")).toBeUndefined());

test.each([
  ["", true],
  ["1234", true],
  ["123", false],
  ["13812341234", true],
  ["+8613812341234", true],
  ["abcd", false],
])("a typed number %j may be looked for: %s", (typed, may) => expect(isPhone(typed)).toBe(may));

test("the api gets numbers where it wants them", () => {
  const filters = { agent: "li.si", min_s: "30", max_s: "0", problem: "any" };
  expect(searchOf(filters)).toEqual({ agent: "li.si", min_s: 30, max_s: 0, problem: "any" });
  expect(searchOf({ min_s: "" })).toEqual({});
});

test.each([
  [{}, "present"],
  [{ status: "absent" }, "absent"],
  [{ problem: "any" }, "problem"],
  [{ problem: "", status: "" }, "present"],
] as const)("%j is the list of %s", (filters, list) => expect(listOf(filters)).toBe(list));

test("what is set is a chip, but for the kind of list, which has its switch", () => {
  expect(chipsOf({ status: "absent", agent: "li.si", problem: "any" })).toEqual([["agent", "li.si"]]);
  expect(chipsOf({ problem: "short", min_s: "3" })).toEqual([["min_s", "3"], ["problem", "short"]]);
});
