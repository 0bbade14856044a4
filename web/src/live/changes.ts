/** Applies the changes of `/events` to the floor. Pure: what did not change keeps its identity. */
import type { Schemas } from "@/api/client";

export type Floor = Schemas["Floor"];
export type FloorAgent = Schemas["FloorAgent"];
export type FloorCall = Schemas["FloorCall"];
export type FloorCampaign = Schemas["FloorCampaign"];
export type Figures = Schemas["Figures"];
export type Lamp = Schemas["Lamp"];
export type EmergencyStop = Schemas["EmergencyStop"];
export type Change = Schemas["Changes"]["changes"][number];

/** The floor after the changes, in their order. */
export function applyChanges(floor: Floor, changes: readonly Change[], cursor: string): Floor {
  return changes.reduce(applyChange, { ...floor, cursor });
}

function applyChange(floor: Floor, change: Change): Floor {
  switch (change.kind) {
    case "agent":
      return { ...floor, agents: withAgent(floor.agents, change.body) };
    case "call":
      return { ...floor, calls: withCall(floor.calls, change.body) };
    case "campaign":
      return { ...floor, campaigns: withCampaign(floor.campaigns, change.body) };
    case "emergency_stop":
      return { ...floor, emergency_stop: change.body };
    case "recording": // counted in the figures, which come by themselves
    case "callback": // those of the callbacks' page
    case "incident": // asked for by those who show them
      return floor;
  }
}

function withAgent(agents: readonly FloorAgent[], now: Schemas["AgentNow"]): FloorAgent[] {
  const { state } = now;
  return state === "logged_out" ? without(agents, now.id) : withItem(agents, { ...now, state });
}

function withCall(calls: readonly FloorCall[], now: Schemas["CallNow"]): FloorCall[] {
  const { state } = now;
  return state === "ended" ? without(calls, now.id) : withItem(calls, { ...now, state });
}

function withCampaign(campaigns: readonly FloorCampaign[], now: FloorCampaign): FloorCampaign[] {
  const isAtWork = now.state !== "stopped" && now.state !== "draft";
  return isAtWork ? withItem(campaigns, now) : without(campaigns, now.id);
}

function withItem<T extends { id: string }>(items: readonly T[], item: T): T[] {
  const at = items.findIndex((known) => known.id === item.id);
  return at < 0 ? [...items, item] : items.with(at, item);
}

function without<T extends { id: string }>(items: readonly T[], id: string): T[] {
  return items.filter((item) => item.id !== id);
}
