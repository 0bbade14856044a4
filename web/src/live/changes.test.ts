import { describe, expect, it } from "vitest";
import { applyChanges, type Change, type Floor, type FloorAgent, type FloorCall } from "./changes";

const AT = "2026-11-24T09:00:00Z";

function agent(id: string, state: FloorAgent["state"] = "ready"): FloorAgent {
  const facts = { agent_id: `a-${id}`, username: id, name: id, extension: "1001", campaign_ids: ["c"] };
  return { id, ...facts, state, reason: null, since: AT, started_at: AT, call_id: null };
}

function call(id: string, state: FloorCall["state"] = "dialing"): FloorCall {
  const times = { opened_at: AT, answered_at: null, connected_at: null };
  return { id, campaign_id: "c", agent_id: null, number: "138****1234", mode: "progressive", state, ...times };
}

function floor(agents: FloorAgent[], calls: FloorCall[]): Floor {
  const none = { dialed: 0, answered: 0, connected: 0, abandoned: 0 };
  return {
    cursor: "1",
    at: AT,
    agents,
    calls,
    campaigns: [{ id: "c", name: "c", state: "running", mode: "progressive", priority: 50, reason: null, ...none }],
    figures: {
      ...none,
      day: "2026-11-24",
      answer_rate: null,
      abandon_rate: null,
      in_air: { dialing: 0, waiting: 0, connected: 0 },
      agents: { paused: 0, ready: 0, reserved: 0, on_call: 0, wrap_up: 0 },
      recordings_present: 0,
      recordings_open: 0,
      minutes: [],
    },
    lamps: [],
    emergency_stop: { active: false },
  };
}

const agentNow = (now: FloorAgent, state: "on_call" | "logged_out" | "paused"): Change => ({
  kind: "agent",
  body: { ...now, state },
});

const callNow = (now: FloorCall, state: FloorCall["state"] | "ended" = now.state): Change => ({
  kind: "call",
  body: { ...now, state, dial_result: null, abandoned: null },
});

describe("changes of the floor", () => {
  it("replaces an agent in place and leaves all others as they are", () => {
    const before = floor([agent("1"), agent("2"), agent("3")], []);
    const after = applyChanges(before, [agentNow(agent("2"), "on_call")], "2");
    expect(after.agents.map(({ id, state }) => [id, state])).toEqual([
      ["1", "ready"],
      ["2", "on_call"],
      ["3", "ready"],
    ]);
    expect(after.agents[0]).toBe(before.agents[0]);
    expect(after.agents[2]).toBe(before.agents[2]);
    expect(after.calls).toBe(before.calls);
    expect(after.cursor).toBe("2");
  });

  it("adds who comes and takes out who leaves", () => {
    const after = applyChanges(floor([agent("1")], []), [agentNow(agent("2"), "paused"), agentNow(agent("1"), "logged_out")], "2");
    expect(after.agents.map(({ id }) => id)).toEqual(["2"]);
  });

  it("takes an ended call out, also one that it never saw", () => {
    const ended = ["1", "unknown"].map((id) => callNow(call(id), "ended"));
    const after = applyChanges(floor([], [call("1"), call("2")]), ended, "2");
    expect(after.calls.map(({ id }) => id)).toEqual(["2"]);
  });

  it("applies a change that is in the floor already, once", () => {
    expect(applyChanges(floor([], [call("1")]), [callNow(call("1"))], "2").calls).toHaveLength(1);
  });

  it("keeps the order of changes within a frame", () => {
    const frame = [callNow(call("1", "waiting")), callNow(call("1", "connected"))];
    expect(applyChanges(floor([], []), frame, "2").calls[0]?.state).toBe("connected");
  });

  it("drops a campaign that stopped and shows the emergency stop", () => {
    const before = floor([], []);
    const stopped = before.campaigns.map((body): Change => ({ kind: "campaign", body: { ...body, state: "stopped" } }));
    const stop: Change = { kind: "emergency_stop", body: { active: true, how: "cut", reason: "r", by: "m", at: AT } };
    const after = applyChanges(before, [...stopped, stop], "2");
    expect(after.campaigns).toEqual([]);
    expect(after.emergency_stop.active).toBe(true);
  });
});
