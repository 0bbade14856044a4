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

test("what stops dialing stands first, then what is open, and an unknown address shows the open ones", () => {
  const closed = { id: 1, closed_at: "2026-11-25T00:00:00Z", stops_dialing: true };
  const open = { closed_at: null, stops_dialing: false };
  const [two, three, stopping] = [{ ...open, id: 2 }, { ...open, id: 3 }, { ...open, id: 4, stops_dialing: true }];
  expect(openFirst([closed, two, three, stopping])).toEqual([stopping, two, three, closed]);
  expect([whichOf(null), whichOf("rain"), whichOf("mine")]).toEqual(["open", "open", "mine"]);
});

test("facts are read as they are", () => expect([factOf("a"), factOf(12), factOf([1])]).toEqual(["a", "12", "[1]"]));
