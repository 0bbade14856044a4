import { describe, expect, it } from "vitest";
import { percent, span, timesIn } from "./times";

describe("times", () => {
  it.each([
    [0, "0:00"],
    [7.9, "0:07"],
    [760, "12:40"],
    [3723, "1:02:03"],
    [-3, "0:00"],
  ])("%d seconds are %s", (seconds, shown) => {
    expect(span(seconds)).toBe(shown);
  });

  it("shows nothing of nothing as a dash", () => {
    expect(percent(null)).toBe("–");
    expect(percent(0.0345)).toBe("3.5 %");
    expect(percent(0.03, 0)).toBe("3 %");
  });

  it("is in the centre's zone, not in the browser's", () => {
    const at = "2026-11-24T16:05:09Z";
    expect(timesIn("zh-CN", "Asia/Shanghai").clock(at)).toBe("00:05:09");
    expect(timesIn("en", "America/New_York").clock(at)).toBe("11:05:09");
  });
});
