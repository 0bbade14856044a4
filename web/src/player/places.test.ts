import { expect, test } from "vitest";
import { lanesFor, percentOf, secondUnder, stretchOf, typedSecond } from "./places";

test.each([
  [5, 20, 25],
  [-1, 20, 0],
  [30, 20, 100],
  [5, 0, 0],
])("second %s of %s lies at %s %", (second, duration, percent) => expect(percentOf(second, duration)).toBe(percent));

test.each([
  [50, 200, 5],
  [-10, 200, 0],
  [999, 200, 20],
  [5, 0, 0],
])("pixel %s of %s is second %s of twenty", (x, width, second) => expect(secondUnder(x, width, 20)).toBe(second));

test("a stretch has its ends in order, and a click is none", () => {
  expect(stretchOf(7.26, 3.04)).toEqual({ from: 3, to: 7.3 });
  expect(stretchOf(3, 3.04)).toBeNull();
});

test("words that would cover each other go on another row, or are left out", () => {
  const at = (percent: number) => ({ percent, width: 10 });
  expect(lanesFor([at(0), at(5), at(8), at(12), at(99)], 2)).toEqual([0, 1, -1, 0, 0]);
});

test.each([
  ["75", 75],
  ["75.5", 75.5],
  ["1:15.5", 75.5],
  ["1:00:05", 3605],
  ["", null],
  ["-1", null],
  ["1:2:3:4", null],
  ["abc", null],
])("%j typed is %s seconds", (text, second) => expect(typedSecond(text)).toBe(second));
