import type { Completeness } from "./data";

export type Verdict = "none" | "quiet" | "whole" | "settling" | "incidents" | "missing";

/** What the figures say of a day: an answered call without a recording outweighs everything else. */
export function verdictOf({ answered, open, of_answered, open_incidents }: Completeness, calls: number): Verdict {
  if (of_answered.absent > 0) return "missing";
  if (open_incidents > 0) return "incidents";
  if (open > 0) return "settling";
  if (calls === 0) return "none";
  return answered === 0 ? "quiet" : "whole";
}

/** How many calls of the day have no recording. */
export function absentOf({ absent }: Completeness): number {
  return Object.values(absent).reduce((sum, count) => sum + count, 0);
}

/** All calls of the day. */
export function callsOf(counted: Completeness): number {
  return counted.present + absentOf(counted) + counted.open;
}

/** A share as a percentage with one decimal; what is not all is never shown as 100, what is not nothing never as 0. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return "–";
  const tenths = Math.round((part / whole) * 1000);
  const shown = part === 0 || part === whole ? tenths : Math.min(999, Math.max(1, tenths));
  return `${(shown / 10).toFixed(1)} %`;
}
