import { expect, test } from "vitest";
import { ageOf, factOf, openFirst, whichOf } from "./rules";

const AGO = { s: "now", m: (n: number) => `${n}m`, h: (n: number) => `${n}h`, d: (n: number) => `${n}d` };

test.each([
  [0, "now"],
  [59, "now"],
  [60, "1m"],
  [3599, "59m"],
  [3600, "1h"],
  [86_399, "23h"],
  [200_000, "2d"],
])("%s seconds are %s", (seconds, told) => expect(ageOf(seconds, AGO)).toBe(told));

test("what is open stands first, and an unknown address shows the open ones", () => {
  const closed = { id: 1, closed_at: "2026-11-25T00:00:00Z" };
  const [two, three] = [{ id: 2, closed_at: null }, { id: 3, closed_at: null }];
  expect(openFirst([closed, two, three])).toEqual([two, three, closed]);
  expect([whichOf(null), whichOf("rain"), whichOf("mine")]).toEqual(["open", "open", "mine"]);
});

test("facts are read as they are", () => expect([factOf("a"), factOf(12), factOf([1])]).toEqual(["a", "12", "[1]"]));
