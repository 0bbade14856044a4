import type { Texts } from "@/i18n";

export const WHICH = ["open", "mine", "all"] as const;
export type Which = (typeof WHICH)[number];

/** Which incidents an address asks for: the open ones unless it says otherwise. */
export function whichOf(text: string | null): Which {
  return WHICH.find((known) => known === text) ?? "open";
}

/** What is being shown: open ones that stop dialing, other open ones, closed ones; otherwise their order is kept. */
export function openFirst<T extends { closed_at: string | null; stops_dialing: boolean }>(incidents: readonly T[]): T[] {
  const rank = ({ closed_at, stops_dialing }: T) => (closed_at !== null ? 2 : stops_dialing ? 0 : 1);
  return [...incidents].sort((one, other) => rank(one) - rank(other));
}

/** How long something lasts, in the largest whole unit. */
export function ageOf(seconds: number, ago: Texts["incidents"]["ago"]): string {
  if (seconds < 60) return ago.s;
  if (seconds < 3600) return ago.m(Math.floor(seconds / 60));
  return seconds < 86_400 ? ago.h(Math.floor(seconds / 3600)) : ago.d(Math.floor(seconds / 86_400));
}

/** A fact as a person reads it. */
export function factOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
