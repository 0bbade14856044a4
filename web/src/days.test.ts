import { expect, test } from "vitest";
import { addDays, dayOf, isDay, moment } from "./days";

test("a moment lies in the day of the centre's zone", () => {
  expect(dayOf(new Date("2026-11-24T16:30:00Z"), "Asia/Shanghai")).toBe("2026-11-25");
  expect(dayOf(new Date("2026-11-24T16:30:00Z"), "UTC")).toBe("2026-11-24");
  expect(moment("2026-11-24T16:30:05.9Z", "Asia/Shanghai")).toBe("11-25 00:30:05");
});

test("days are counted over months and years", () => {
  expect(addDays("2026-03-01", -1)).toBe("2026-02-28");
  expect(addDays("2027-12-31", 1)).toBe("2028-01-01");
});

test.each([
  ["2026-02-28", true],
  ["2026-02-30", false],
  ["2026-2-3", false],
  [null, false],
])("%s is a day: %s", (text, is) => expect(isDay(text)).toBe(is));
