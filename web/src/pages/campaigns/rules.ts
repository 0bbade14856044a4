/** Which campaigns stand where, and what one may order of each. Pure. */
import type { FloorCall } from "@/live/changes";
import type { Campaign } from "./data";

export type State = Campaign["state"];
export type View = "work" | "draft" | "stopped";
export type Step = "start" | "resume" | "pause" | "stop" | "discard" | "cut";

export const VIEWS: readonly View[] = ["work", "draft", "stopped"];
const VIEW_OF: Record<State, View> = {
  running: "work",
  paused: "work",
  draining: "work",
  draft: "draft",
  stopped: "stopped",
};
const STEPS: Record<State, readonly Step[]> = {
  draft: ["start", "discard"],
  running: ["pause", "stop"],
  paused: ["resume", "stop"],
  draining: ["cut"],
  stopped: [],
};

/** What may be ordered in the state. */
export function stepsOf(state: State): readonly Step[] {
  return STEPS[state];
}

/** The campaigns of a view; those at work by priority, all others newest first as they come. */
export function inView(campaigns: readonly Campaign[], view: View): Campaign[] {
  const found = campaigns.filter((campaign) => VIEW_OF[campaign.state] === view);
  return view === "work" ? found.toSorted((a, b) => b.priority - a.priority) : found;
}

export interface InAir {
  connected: number;
  waiting: number;
  dialing: number;
  all: number;
}

/** The calls of a campaign that are in the air. */
export function inAirOf(calls: readonly FloorCall[], campaignId: string): InAir {
  const mine = calls.filter((call) => call.campaign_id === campaignId);
  const count = (state: FloorCall["state"]) => mine.filter((call) => call.state === state).length;
  return { connected: count("connected"), waiting: count("waiting"), dialing: count("dialing"), all: mine.length };
}

/** Part of the whole, or null of nothing. */
export function rateOf(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

/** The reasons of a campaign whose pace is as it should be; any other one needs a person. */
const USUAL = [
  ...["one_per_agent", "lines_in_flight", "no_agent_ready", "agents_shared", "trunk_channels"],
  ...["risk", "lines_per_agent", "most_lines", "calls_per_second", "learning"],
];

/** Whether somebody should see to it that the campaign dials again. */
export function needsAPerson(reason: string): boolean {
  return !USUAL.includes(reason);
}
