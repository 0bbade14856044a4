import { expect, test } from "vitest";
import { clock, secondOf } from "./clock";

test.each([
  [0, "00:00.0"],
  [9.96, "00:09.9"],
  [0.3, "00:00.3"],
  [65.04, "01:05.0"],
  [3599.99, "59:59.9"],
  [3600, "1:00:00.0"],
  [-1, "00:00.0"],
])("%s seconds are %s", (seconds, shown) => expect(clock(seconds)).toBe(shown));

test.each([
  ["12.3", 12.3],
  ["0", 0],
  [null, 0],
  ["-1", 0],
  ["1e9", 0],
  ["abc", 0],
])("a link's t=%s is second %s", (text, second) => expect(secondOf(text)).toBe(second));
