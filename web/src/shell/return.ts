/** What the login page is told: where to go afterwards, and whether a session ended by itself. */
export interface Return {
  back: string;
  hasExpired: boolean;
}

/** Reads it from an address's state, which may be anything; goes only to our own paths. */
export function returnOf(state: unknown): Return {
  const said: Partial<Record<keyof Return, unknown>> = typeof state === "object" && state !== null ? state : {};
  const isOurs = typeof said.back === "string" && /^\/(?![/\\])/.test(said.back);
  return { back: isOurs ? String(said.back) : "/", hasExpired: said.hasExpired === true };
}
