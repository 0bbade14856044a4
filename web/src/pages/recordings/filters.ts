import type { Schemas } from "@/api/client";
import { addDays } from "@/days";

/** What the list can be narrowed by, as it stands in the address: a link shows the same list to everybody. */
export const FILTERS = [
  "agent",
  "from",
  "to",
  "phone",
  "campaign",
  "region",
  "disposition",
  "min_s",
  "max_s",
  "problem",
  "status",
  "reason",
] as const;
export type FilterName = (typeof FILTERS)[number];
export type Filters = Partial<Record<FilterName, string>>;

export const QUICK_PICKS = ["today", "yesterday", "week"] as const;
export type QuickPick = (typeof QUICK_PICKS)[number];

/** The filters in an address; empty ones are none. */
export function filtersOf(address: URLSearchParams): Filters {
  const found: Filters = {};
  for (const name of FILTERS) {
    const value = address.get(name);
    if (value) found[name] = value;
  }
  return found;
}

/** The address's query for these filters, always in the same order. */
export function queryOf(filters: Filters): string {
  const query = new URLSearchParams();
  for (const name of FILTERS) {
    const value = filters[name];
    if (value) query.set(name, value);
  }
  return query.toString();
}

/** First and last day of a quick pick, both included; `today` is the centre's. */
export function daysOf(pick: QuickPick, today: string): { from: string; to: string } {
  const yesterday = addDays(today, -1);
  if (pick === "yesterday") return { from: yesterday, to: yesterday };
  return { from: pick === "week" ? addDays(today, -6) : today, to: today };
}

/** Which quick pick these filters are; undefined for other days. */
export function pickOf(filters: Filters, today: string): QuickPick | undefined {
  return QUICK_PICKS.find((pick) => {
    const { from, to } = daysOf(pick, today);
    return filters.from === from && filters.to === to;
  });
}

/** Whether the api can look for this: nothing, the last four digits, or a whole number. */
export function isPhone(typed: string): boolean {
  return typed === "" || /^\d{4}$/.test(typed) || /^\+?\d{7,15}$/.test(typed);
}

export type Search = Omit<Schemas["Search"], "status"> & { status?: "present" | "absent" };

/** The filters as the api has them; what it would not understand is left to it to refuse. */
export function searchOf({ min_s, max_s, ...texts }: Filters): Search {
  const lengths = { ...(min_s && { min_s: Number(min_s) }), ...(max_s && { max_s: Number(max_s) }) };
  return { ...(texts as Search), ...lengths };
}

/** Which of the three lists this is. */
export function listOf({ status, problem }: Filters): "present" | "absent" | "problem" {
  if (problem !== undefined && problem !== "") return "problem";
  return status === "absent" ? "absent" : "present";
}

export type ChipName = Exclude<FilterName, "status">;

/** The filters that stand as chips below the bar; the list's kind has its own switch. */
export function chipsOf(filters: Filters): [ChipName, string][] {
  const found: [ChipName, string][] = [];
  for (const name of FILTERS) {
    const value = filters[name];
    if (value && name !== "status" && !(name === "problem" && value === "any")) found.push([name, value]);
  }
  return found;
}
