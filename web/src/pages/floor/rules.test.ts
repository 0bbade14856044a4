import { describe, expect, it } from "vitest";
import type { FloorAgent, FloorCall } from "@/live/changes";
import { agentLevel, callLevel, chosenAgents, type Filter, roundUp, sortedCalls } from "./rules";

const ANY: Filter = { state: null, campaign: null, text: "", sort: "extension" };

function agent(extension: string, other: Partial<FloorAgent> = {}): FloorAgent {
  const at = `2026-11-24T09:00:${extension.slice(-2)}Z`;
  return {
    id: extension,
    agent_id: extension,
    username: `agent-${extension}`,
    name: `员${extension}`,
    extension,
    campaign_ids: ["c1"],
    state: "ready",
    reason: null,
    since: at,
    started_at: at,
    call_id: null,
    ...other,
  };
}

function call(id: string, state: FloorCall["state"], second: number): FloorCall {
  const at = `2026-11-24T09:00:${String(second).padStart(2, "0")}Z`;
  const times = { opened_at: at, answered_at: at, connected_at: at };
  return { id, campaign_id: "c", agent_id: null, number: "138****1234", mode: "progressive", state, ...times };
}

const extensions = (agents: FloorAgent[]) => agents.map(({ extension }) => extension);

describe("what deserves a look", () => {
  it("is a wrap-up near, then over, its campaign's cap", () => {
    expect([40, 48, 60].map((seconds) => agentLevel("wrap_up", seconds, 60))).toEqual([0, 1, 2]);
    expect(agentLevel("wrap_up", 60, 300)).toBe(0);
  });

  it("is a long pause", () => {
    expect([599, 600, 1200].map((seconds) => agentLevel("paused", seconds, 60))).toEqual([0, 1, 2]);
  });

  it("is a customer who waits, at once", () => {
    expect([0, 1, 2].map((seconds) => callLevel("waiting", seconds))).toEqual([0, 1, 2]);
    expect(callLevel("connected", 5000)).toBe(0);
  });
});

describe("agents", () => {
  const all = [agent("1010"), agent("1002", { state: "paused", name: "王芳" }), agent("1001", { campaign_ids: ["c2"] })];

  it("stand by extension as numbers", () => {
    expect(extensions(chosenAgents([agent("10010"), agent("1002")], ANY))).toEqual(["1002", "10010"]);
  });

  it("are found by name, user name and extension", () => {
    expect(extensions(chosenAgents(all, { ...ANY, text: " 王 " }))).toEqual(["1002"]);
    expect(extensions(chosenAgents(all, { ...ANY, text: "AGENT-1010" }))).toEqual(["1010"]);
  });

  it("are filtered by state and campaign together", () => {
    expect(extensions(chosenAgents(all, { ...ANY, state: "ready" }))).toEqual(["1001", "1010"]);
    expect(extensions(chosenAgents(all, { ...ANY, state: "ready", campaign: "c2" }))).toEqual(["1001"]);
  });

  it("stand by time in state, the longest first", () => {
    expect(extensions(chosenAgents(all, { ...ANY, sort: "time" }))).toEqual(["1001", "1002", "1010"]);
  });
});

describe("calls", () => {
  it("stand with the customers who wait on top, the longest first", () => {
    const calls = [call("d", "dialing", 1), call("t", "connected", 2), call("w2", "waiting", 9), call("w1", "waiting", 5)];
    expect(sortedCalls(calls).map(({ id }) => id)).toEqual(["w1", "w2", "t", "d"]);
  });
});

describe("a plot's scale", () => {
  it.each([
    [0, 4],
    [3, 4],
    [11, 20],
    [41, 50],
    [178, 200],
  ])("of %d goes to %d", (most, top) => {
    expect(roundUp(most)).toBe(top);
  });
});
