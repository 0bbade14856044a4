/** Applies the changes of `/events` to the floor. Pure: what did not change keeps its identity. */
import type { Schemas } from "@/api/client";

export type Floor = Schemas["Floor"];
export type FloorAgent = Schemas["FloorAgent"];
export type FloorCall = Schemas["FloorCall"];
export type FloorCampaign = Schemas["FloorCampaign"];
export type Figures = Schemas["Figures"];
export type Lamp = Schemas["Lamp"];
export type EmergencyStop = Floor["emergency_stop"];

export type Change =
  | { kind: "agent"; body: Omit<FloorAgent, "state"> & { state: FloorAgent["state"] | "logged_out" } }
  | { kind: "call"; body: Omit<FloorCall, "state"> & { state: FloorCall["state"] | "ended" } }
  | { kind: "emergency_stop"; body: EmergencyStop }
  | { kind: "campaign" | "recording"; body: { id: string } };

/** The floor after the changes, in their order. */
export function applyChanges(floor: Floor, changes: readonly Change[], cursor: string): Floor {
  return changes.reduce(applyChange, { ...floor, cursor: cursor === "" ? floor.cursor : cursor });
}

function applyChange(floor: Floor, change: Change): Floor {
  switch (change.kind) {
    case "agent":
      return { ...floor, agents: withAgent(floor.agents, change.body) };
    case "call":
      return { ...floor, calls: withCall(floor.calls, change.body) };
    case "emergency_stop":
      return { ...floor, emergency_stop: change.body };
    case "campaign":
      return { ...floor, campaigns: withCampaign(floor.campaigns, change.body) };
    case "recording":
      return floor;
  }
}

function withAgent(agents: readonly FloorAgent[], body: Extract<Change, { kind: "agent" }>["body"]): FloorAgent[] {
  const { state } = body;
  if (state === "logged_out") return agents.filter((agent) => agent.id !== body.id);
  return replaced(agents, { ...body, state });
}

function withCall(calls: readonly FloorCall[], body: Extract<Change, { kind: "call" }>["body"]): FloorCall[] {
  const { state } = body;
  if (state === "ended") return calls.filter((call) => call.id !== body.id);
  return replaced(calls, { ...body, state });
}

/** Figures come with the next frame of figures; a campaign's own facts come at once. */
function withCampaign(campaigns: readonly FloorCampaign[], body: { id: string }): FloorCampaign[] {
  return campaigns.map((campaign) => (campaign.id === body.id ? { ...campaign, ...body } : campaign));
}

function replaced<T extends { id: string }>(items: readonly T[], item: T): T[] {
  const at = items.findIndex((known) => known.id === item.id);
  return at < 0 ? [...items, item] : items.with(at, item);
}
