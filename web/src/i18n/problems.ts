/** A problem's reason as sentences; one we do not know says what the api said. */
import { Problem } from "@/api/problem";
import type { Texts } from "./zh";

export interface Sentence {
  title: string;
  hint: string;
}

/** What happened and what to do. */
export function problemText(texts: Texts, error: Error): Sentence {
  if (!(error instanceof Problem)) return { title: texts.common.failed, hint: texts.common.failedHint };
  const known = reasonText(texts, error.reason);
  return known ?? { title: error.detail, hint: error.advice };
}

/** The sentences of a reason's code; undefined for a code that is new to this page. */
export function reasonText(texts: Texts, code: string): Sentence | undefined {
  const known: Partial<Record<string, Sentence>> = texts.reasons;
  return known[code];
}
