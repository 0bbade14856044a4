/** A clip before it is taken: pure. */
import type { Schemas } from "@/api/client";
import { tenth, typedSecond, type Stretch } from "@/player/places";
import type { Selected } from "@/player/Selecting";

/** Seconds; the api takes no longer one. */
export const CLIP_MAX_S = 1800;
const REDACTIONS_MAX = 100;

export interface Draft {
  /** As typed. */
  from: string;
  to: string;
  redactions: readonly Stretch[];
  making: Selected["kind"];
  why: string;
  form: Schemas["ClipForm"];
}

/** The whole recording, or as much of it as a clip may be. */
export function draftOf(duration: number): Draft {
  const to = String(Math.floor(Math.min(duration, CLIP_MAX_S) * 10) / 10);
  return { from: "0", to, redactions: [], making: "part", why: "", form: "wav" };
}

/** After a drag over the waveform. */
export function dragged(draft: Draft, stretch: Stretch): Draft {
  if (draft.making === "part") return { ...draft, from: String(stretch.from), to: String(stretch.to) };
  return { ...draft, redactions: [...draft.redactions, stretch].slice(-REDACTIONS_MAX) };
}

/** The stretch that is typed; null when it is none of this recording's, or too long. */
export function partOf({ from, to }: Draft, duration: number): Stretch | null {
  const [begin, end] = [typedSecond(from), typedSecond(to)];
  if (begin === null || end === null || begin >= end || end > duration || end - begin > CLIP_MAX_S) return null;
  return { from: begin, to: end };
}

/** What is drawn over the waveform. */
export function selectedOf(draft: Draft, duration: number): Selected[] {
  const part = partOf(draft, duration);
  const redactions = draft.redactions.map((stretch): Selected => ({ ...stretch, kind: "redaction" }));
  return part ? [{ ...part, kind: "part" }, ...redactions] : redactions;
}

/** What the api is asked; null while something is missing. */
export function orderOf(draft: Draft, duration: number): Schemas["NewClip"] | null {
  const part = partOf(draft, duration);
  const why = draft.why.trim();
  if (!part || why === "") return null;
  const redactions = draft.redactions.map(({ from, to }) => ({ from_s: tenth(from), to_s: Math.min(tenth(to), duration) }));
  return { from_s: part.from, to_s: part.to, redactions, why, form: draft.form };
}
