import { describe, expect, it } from "vitest";
import { Problem } from "@/api/problem";
import type { Campaign } from "./data";
import { changesOf, complaintsOf, draftOf, EMPTY } from "./form";

const STORED: Campaign = {
  ...EMPTY,
  id: "1",
  name: "春季",
  caller_id: "10010",
  state: "running",
  zone: "Asia/Shanghai",
  created_at: "2026-11-24T09:00:00Z",
};

function problem(reason: string, errors: Problem["errors"] = []): Problem {
  return new Problem({ status: 422, reason, detail: "detail", advice: "", errors });
}

describe("a campaign's form", () => {
  it("sends only what was changed", () => {
    expect(changesOf(STORED, draftOf(STORED))).toEqual({});
    expect(changesOf(STORED, { ...draftOf(STORED), priority: 80, name: "秋季" })).toEqual({ name: "秋季", priority: 80 });
  });

  it("never sends the state or the zone", () => {
    expect(Object.keys(draftOf(STORED)).toSorted()).toEqual(Object.keys(EMPTY).toSorted());
  });

  it("says a complaint at its field", () => {
    const error = { field: "body.caller_id", message: "String should match", type: "string_pattern_mismatch" };
    expect(complaintsOf(problem("invalid_request", [error]))).toEqual({
      caller_id: { code: "string_pattern_mismatch", message: "String should match" },
    });
  });

  it("says a rule about the hours at the first of them", () => {
    const error = { field: "body", message: "Value error", type: "value_error" };
    expect(complaintsOf(problem("invalid_request", [error])).opens_at?.code).toBe("bad_hours");
    expect(complaintsOf(problem("bad_hours")).opens_at?.code).toBe("bad_hours");
  });

  it("says a taken name at the name, and leaves all else to the form", () => {
    expect(complaintsOf(problem("name_taken")).name?.code).toBe("name_taken");
    expect(complaintsOf(problem("engine_unavailable"))).toEqual({});
  });
});
