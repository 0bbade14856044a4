/** A browser's or a script's name from how it calls itself. Pure. */

const BROWSERS: readonly [RegExp, string][] = [
  [/Edg\//, "Edge"],
  [/Firefox\//, "Firefox"],
  [/Chrom(e|ium)\//, "Chrome"],
  [/Safari\//, "Safari"],
];
const SYSTEMS: readonly [RegExp, string][] = [
  [/Windows/, "Windows"],
  [/Android/, "Android"],
  [/iPhone|iPad/, "iOS"],
  [/Mac OS X/, "macOS"],
  [/Linux/, "Linux"],
];

/** `Chrome · Windows`; for a script its first word; null for nothing. */
export function programOf(agent: string | null): string | null {
  if (agent === null || agent === "") return null;
  const browser = nameIn(BROWSERS, agent);
  if (browser === undefined) return agent.split(/[\s/]/)[0] ?? null;
  const system = nameIn(SYSTEMS, agent);
  return system === undefined ? browser : `${browser} · ${system}`;
}

function nameIn(known: readonly [RegExp, string][], agent: string): string | undefined {
  return known.find(([sign]) => sign.test(agent))?.[1];
}
