import { describe, expect, it } from "vitest";
import type { FloorCall } from "@/live/changes";
import type { Campaign } from "./data";
import { EMPTY } from "./form";
import { inAirOf, inView, needsAPerson, rateOf, type State, stepsOf } from "./rules";

function campaign(id: string, state: State, priority = 50): Campaign {
  return { ...EMPTY, id, state, priority, zone: "Asia/Shanghai", created_at: "2026-11-24T09:00:00Z" };
}

function call(campaignId: string, state: FloorCall["state"]): FloorCall {
  const times = { opened_at: "2026-11-24T09:00:00Z", answered_at: null, connected_at: null };
  const facts = { id: `${campaignId}-${state}`, agent_id: null, number: "138****1234", mode: "manual" as const };
  return { ...facts, ...times, campaign_id: campaignId, state };
}

describe("campaigns", () => {
  it("stand at work by priority until they have stopped", () => {
    const all = [campaign("1", "running", 10), campaign("2", "draining", 90), campaign("3", "stopped"), campaign("4", "draft")];
    expect(inView(all, "work").map(({ id }) => id)).toEqual(["2", "1"]);
    expect(inView(all, "stopped").map(({ id }) => id)).toEqual(["3"]);
    expect(inView(all, "draft").map(({ id }) => id)).toEqual(["4"]);
  });

  it("offer only the steps that their state allows", () => {
    expect(stepsOf("running")).toEqual(["pause", "stop"]);
    expect(stepsOf("draining")).toEqual(["cut"]);
    expect(stepsOf("stopped")).toEqual([]);
  });

  it("count their own calls in the air", () => {
    const calls = [call("1", "connected"), call("1", "dialing"), call("2", "waiting")];
    expect(inAirOf(calls, "1")).toEqual({ connected: 1, waiting: 0, dialing: 1, all: 2 });
  });

  it("have no rate of nothing", () => {
    expect(rateOf(0, 0)).toBeNull();
    expect(rateOf(1, 4)).toBe(0.25);
  });

  it("need a person when something other than the pace holds them", () => {
    expect(needsAPerson("no_agent_ready")).toBe(false);
    expect(needsAPerson("outside_hours")).toBe(true);
    expect(needsAPerson("a_reason_of_tomorrow")).toBe(true);
  });
});
