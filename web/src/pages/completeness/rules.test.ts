import { expect, test } from "vitest";
import type { Completeness } from "./data";
import { absentOf, callsOf, percent, verdictOf } from "./rules";

const DAY: Completeness = {
  day: "2026-11-24",
  expected: 11,
  answered: 6,
  present: 5,
  absent: { no_answer: 4, busy: 2 },
  open: 0,
  of_answered: { present: 6, taken_away: 0, absent: 0, open: 0 },
  open_incidents: 0,
};

test("every call is in one of the three parts", () => {
  expect(absentOf(DAY)).toBe(6);
  expect(callsOf({ ...DAY, open: 2 })).toBe(13);
});

test("an answered call without a recording outweighs open ones, and those outweigh the rest", () => {
  const missing = { ...DAY, open: 3, of_answered: { present: 5, taken_away: 0, absent: 1, open: 0 } };
  expect(verdictOf(missing, 14)).toBe("missing");
  expect(verdictOf({ ...DAY, open: 3, open_incidents: 1 }, 14)).toBe("incidents");
  expect(verdictOf({ ...DAY, open: 3 }, 14)).toBe("settling");
  expect(verdictOf(DAY, 11)).toBe("whole");
  expect(verdictOf({ ...DAY, of_answered: { present: 2, taken_away: 4, absent: 0, open: 0 } }, 11)).toBe("whole");
  expect(verdictOf({ ...DAY, answered: 0 }, 6)).toBe("quiet");
  expect(verdictOf({ ...DAY, answered: 0, absent: {} }, 0)).toBe("none");
});

test.each([
  [0, 0, "–"],
  [0, 9, "0.0 %"],
  [1, 3, "33.3 %"],
  [99_999, 100_000, "99.9 %"],
  [1, 100_000, "0.1 %"],
  [5, 5, "100.0 %"],
])("%s of %s is %s", (part, whole, shown) => expect(percent(part, whole)).toBe(shown));
