/** One clock for the whole page: it ticks each second, in step with the server's time. */
import { useSyncExternalStore } from "react";

let ahead = 0; // milliseconds that the server's clock is ahead of ours
let now = Date.now();
let timer: number | undefined;
const listeners = new Set<() => void>();

/** Notes the server's time, as an answer said it. */
export function noteServerTime(at: string): void {
  ahead = Date.parse(at) - Date.now();
}

/** The server's time in milliseconds, new every second. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}

/** Seconds since a moment, never negative. */
export function secondsSince(at: string, moment: number): number {
  return Math.max(0, Math.floor((moment - Date.parse(at)) / 1000));
}

function tick(): void {
  now = Date.now() + ahead;
  listeners.forEach((listener) => listener());
  timer = window.setTimeout(tick, 1000 - (now % 1000));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === undefined) tick();
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    window.clearTimeout(timer);
    timer = undefined;
  };
}
