/** Whether the api answers. While it does not, it is asked every two seconds, and all data anew when it is back. */
import { useSyncExternalStore } from "react";

const ASK_MS = 2000;

let away = false;
let asking: number | undefined;
const listeners = new Set<() => void>();
const returns = new Set<() => void>();

/** Notes that a request got no answer. */
export function noteAway(): void {
  if (away) return;
  set(true);
  asking = window.setInterval(() => void askServer(), ASK_MS);
}

/** Notes that the api answered. */
export function noteThere(): void {
  if (!away) return;
  window.clearInterval(asking);
  set(false);
  returns.forEach((listener) => listener());
}

/** Asks the api whether it is there, and notes it; an unwell one (503) is there. */
export async function askServer(): Promise<void> {
  try {
    const { status } = await fetch("/health", { cache: "no-store" });
    if (status === 502 || status === 504) noteAway();
    else noteThere();
  } catch {
    noteAway();
  }
}

/** Calls the listener each time the api is back. */
export function whenBack(listener: () => void): () => void {
  returns.add(listener);
  return () => returns.delete(listener);
}

/** Whether the api is away now. */
export function useServerAway(): boolean {
  return useSyncExternalStore(subscribe, () => away);
}

function set(value: boolean): void {
  away = value;
  listeners.forEach((listener) => listener());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
