import { describe, expect, it } from "vitest";
import type { Moment } from "./data";
import { pointsOf, topOf } from "./plot";

const moment = (at: string, lines: number): Moment => ({
  ...{ at, lines, idle: 1, talking: 2, wrapping: 0, paused: 0, reason: "risk", answered: 0, abandoned: 0 },
  ...{ loss: null, price: null, answer_rate: null },
});

describe("a plot", () => {
  const moments = [moment("2026-11-27T01:00:00Z", 0), moment("2026-11-27T01:00:05Z", 10), moment("2026-11-27T01:00:10Z", 5)];

  it("goes from left to right by time, high values up", () => {
    expect(pointsOf(moments, "lines", 10)).toBe("0.0,220.0 500.0,0.0 1000.0,110.0");
  });

  it("has room for its highest value, and is not dramatic on a quiet floor", () => {
    expect(topOf(moments, ["lines", "idle"])).toBe(10);
    expect(topOf([], ["lines"])).toBe(4);
  });
});
