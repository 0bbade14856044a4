/** What deserves a look on the floor, and in which order things stand. Pure. */
import type { FloorAgent, FloorCall } from "@/live/changes";

export type AgentState = FloorAgent["state"];
export type CallState = FloorCall["state"];
export type Sort = "extension" | "name" | "state" | "time";
/** 0 nothing, 1 long, 2 too long. */
export type Level = 0 | 1 | 2;

export const STATES: readonly AgentState[] = ["on_call", "reserved", "wrap_up", "ready", "paused"];
export const SORTS: readonly Sort[] = ["extension", "name", "state", "time"];
export const ABANDON_LIMIT = 0.03; // of the answered; the usual bound of regulators
export const WRAP_UP_S = 60; // where a campaign's own is not known

const COLLATOR = new Intl.Collator("zh-CN", { numeric: true });
const NEARLY = 0.8; // of a wrap-up's cap
const LIMITS_S: Record<Exclude<AgentState, "wrap_up">, readonly [long: number, tooLong: number]> = {
  ready: [300, 900],
  reserved: [15, 40],
  on_call: [1200, 2400],
  paused: [600, 1200],
};
const WAITING_S = [1, 2] as const; // the law's window is two seconds
const CALL_ORDER: Record<CallState, number> = { waiting: 0, connected: 1, dialing: 2 };

/** How unusual it is to be in the state for so long; `wrapUpS` is the campaign's cap. */
export function agentLevel(state: AgentState, seconds: number, wrapUpS: number): Level {
  const [long, tooLong] = state === "wrap_up" ? [wrapUpS * NEARLY, wrapUpS] : LIMITS_S[state];
  return levelOf(seconds, long, tooLong);
}

/** A customer who waits must not wait long. */
export function callLevel(state: CallState, seconds: number): Level {
  return state === "waiting" ? levelOf(seconds, ...WAITING_S) : 0;
}

function levelOf(seconds: number, long: number, tooLong: number): Level {
  if (seconds >= tooLong) return 2;
  return seconds >= long ? 1 : 0;
}

export interface Filter {
  state: AgentState | null;
  campaign: string | null;
  text: string;
  sort: Sort;
}

/** The agents that the filter lets through, in its order. */
export function chosenAgents(agents: readonly FloorAgent[], filter: Filter): FloorAgent[] {
  const wanted = filter.text.trim().toLowerCase();
  return agents
    .filter((agent) => filter.state === null || agent.state === filter.state)
    .filter((agent) => filter.campaign === null || agent.campaign_ids.includes(filter.campaign))
    .filter((agent) => `${agent.name} ${agent.username} ${agent.extension}`.toLowerCase().includes(wanted))
    .toSorted(ORDERS[filter.sort]);
}

const ORDERS: Record<Sort, (a: FloorAgent, b: FloorAgent) => number> = {
  extension: byExtension,
  name: (a, b) => COLLATOR.compare(a.name, b.name) || byExtension(a, b),
  state: (a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state) || byExtension(a, b),
  time: (a, b) => Date.parse(a.since) - Date.parse(b.since) || byExtension(a, b),
};

function byExtension(a: FloorAgent, b: FloorAgent): number {
  return COLLATOR.compare(a.extension, b.extension);
}

/** Waiting customers first, the longest on top; then who talks, then what is being dialed. */
export function sortedCalls(calls: readonly FloorCall[]): FloorCall[] {
  return calls.toSorted(
    (a, b) => CALL_ORDER[a.state] - CALL_ORDER[b.state] || Date.parse(stateSince(a)) - Date.parse(stateSince(b)),
  );
}

/** When a call's present state began. */
export function stateSince(call: FloorCall): string {
  switch (call.state) {
    case "waiting":
      return call.answered_at ?? call.opened_at;
    case "connected":
      return call.connected_at ?? call.opened_at;
    case "dialing":
      return call.opened_at;
  }
}

/** The next round number at or above the greatest value, for a plot's scale. */
export function roundUp(most: number): number {
  if (most <= 4) return 4;
  const step = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 3, 4, 5, 6, 8, 10].map((n) => n * step).find((value) => value >= most) ?? most;
}
