/** How far an import is, and what its figures say. Pure. */
import type { Schemas } from "@/api/client";

export type Import = Schemas["Import"];
export type State = Schemas["ImportState"];
export type Meaning = Schemas["api__numbers__rules__Meaning"];
export type Reason = Schemas["RejectReason"];
export type Consent = Required<Schemas["ConsentProof"]>;

export const MEANINGS: readonly Meaning[] = [
  "phone",
  "name",
  "region",
  "quality",
  "consent_source",
  "consent_basis",
  "consent_proof",
  "extra",
  "skip",
];
export const NO_CONSENT: Consent = { source: "", basis: "", proof: "" };

const MOVING: readonly State[] = ["uploading", "reading", "waiting", "running", "undoing"];
const TONES: Partial<Record<State, "good" | "warn" | "bad" | "talk">> = {
  ready: "warn",
  done: "good",
  failed: "bad",
  uploading: "talk",
  reading: "talk",
  waiting: "talk",
  running: "talk",
  undoing: "talk",
};

/** Whether it changes by itself: then one looks again soon. */
export function isMoving(state: State): boolean {
  return MOVING.includes(state);
}

/** The colour of a state; undefined for those that are over and done with. */
export function toneOf(state: State): "good" | "warn" | "bad" | "talk" | undefined {
  return TONES[state];
}

/** How much of the present step is done, 0 to 1; undefined while nobody can say. */
export function shareOf(found: Pick<Import, "state" | "size_bytes" | "received_bytes" | "rows" | "rows_done">): number | undefined {
  if (found.state === "uploading") return found.received_bytes / found.size_bytes;
  return found.state === "running" && found.rows > 0 ? Math.min(1, found.rows_done / found.rows) : undefined;
}

/** Seconds until it is done at its present speed; undefined while there is none. */
export function leftOf(found: Pick<Import, "rows" | "rows_done" | "rows_per_s">): number | undefined {
  if (found.rows_per_s === null || found.rows_per_s <= 0) return undefined;
  return Math.ceil((found.rows - found.rows_done) / found.rows_per_s);
}

/** The reasons of what was rejected, the most frequent first. */
export function byCount(rejected: Record<string, number>): [Reason, number][] {
  const found = Object.entries(rejected) as [Reason, number][];
  return found.filter(([, count]) => count > 0).toSorted((one, other) => other[1] - one[1]);
}

/** All that was rejected. */
export function sumOf(rejected: Record<string, number>): number {
  return Object.values(rejected).reduce((sum, count) => sum + count, 0);
}

/** A list's name from its file's: `广州 11月.xlsx` is `广州 11月`. */
export function nameOf(file: string): string {
  return file.replace(/\.(csv|txt|xlsx|xls)$/i, "").slice(0, 100);
}

/** Whether the proof is whole: with less than all three nobody is dialed. */
export function isWhole(consent: Consent): boolean {
  return [consent.source, consent.basis, consent.proof].every((text) => text.trim() !== "");
}

/** Whether the rows bring their own proof. */
export function hasOwnConsent(meanings: readonly Meaning[]): boolean {
  return (["consent_source", "consent_basis", "consent_proof"] as const).every((meaning) => meanings.includes(meaning));
}

/** `48.2 kB`, `1.3 MB`. */
export function sizeOf(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  const at = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** at).toFixed(at === 0 ? 0 : 1)} ${units[at] ?? ""}`;
}
