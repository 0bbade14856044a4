import { describe, expect, it } from "vitest";
import { may } from "@/api/roles";
import type { Lamp } from "@/live/changes";
import { worst } from "./lamps";
import { programOf } from "./program";
import { returnOf } from "./return";

const lamp = (state: Lamp["state"]): Lamp => ({ name: "disk", state, why: null });

describe("the shell", () => {
  it("shows the worst of the lamps", () => {
    expect(worst([lamp("ok"), lamp("warning"), lamp("down")])).toBe("down");
    expect(worst([lamp("ok"), lamp("unknown")])).toBe("unknown");
    expect(worst([lamp("ok")])).toBe("ok");
    expect(worst([])).toBe("unknown");
  });

  it("names a program as people know it", () => {
    const edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0";
    expect(programOf(edge)).toBe("Edge · Windows");
    expect(programOf("curl/8.9")).toBe("curl");
    expect(programOf(null)).toBeNull();
  });

  it("comes back to where one was, only on our own site", () => {
    expect(returnOf({ back: "/floor?a=1", hasExpired: true })).toEqual({ back: "/floor?a=1", hasExpired: true });
    for (const back of ["//evil.example", "/\\evil.example", "https://evil.example", 7, undefined]) {
      expect(returnOf({ back }).back).toBe("/");
    }
    expect(returnOf(null)).toEqual({ back: "/", hasExpired: false });
  });

  it("offers what any one of the roles may", () => {
    expect(may(["agent", "auditor"], "readCompleteness")).toBe(true);
    expect(may(["agent"], "watchFloor")).toBe(false);
    expect(may([], "hearRecordings")).toBe(false);
  });
});
