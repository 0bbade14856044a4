import type { Texts } from "@/i18n";

export const WHICH = ["open", "mine", "all"] as const;
export type Which = (typeof WHICH)[number];

/** Which incidents an address asks for: the open ones unless it says otherwise. */
export function whichOf(text: string | null): Which {
  return WHICH.find((known) => known === text) ?? "open";
}

/** What is being shown, put so that open ones stand before closed ones; otherwise their order is kept. */
export function openFirst<T extends { closed_at: string | null }>(incidents: readonly T[]): T[] {
  return [...incidents.filter(({ closed_at }) => closed_at === null), ...incidents.filter(({ closed_at }) => closed_at !== null)];
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
