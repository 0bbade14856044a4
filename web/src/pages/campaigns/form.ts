/** The form of a campaign: its fields, what changed, and where the api's complaints belong. Pure. */
import type { Schemas } from "@/api/client";
import type { Problem } from "@/api/problem";
import type { Campaign } from "./data";

export type Draft = Required<Schemas["NewCampaign"]>;
export type Field = keyof Draft;
export type NumberField = { [K in Field]: Draft[K] extends number ? K : never }[Field];
/** A code of `texts.campaigns.errors`, or, for one that is new to this page, the api's own words. */
export interface Complaint {
  code: string;
  message: string;
}

interface Range {
  unit: "seconds" | "minutes" | "times" | "percent" | null;
  min: number;
  max: number;
}

export const RANGES: Record<NumberField, Range> = {
  priority: { unit: null, min: 0, max: 100 },
  fresh_pct: { unit: "percent", min: 0, max: 100 },
  ring_s: { unit: "seconds", min: 15, max: 120 },
  wrap_up_s: { unit: "seconds", min: 0, max: 3600 },
  closing_margin_s: { unit: "minutes", min: 0, max: 60 },
  max_attempts: { unit: "times", min: 1, max: 50 },
  retry_after_s: { unit: "minutes", min: 1, max: 43_200 },
};
export const UNCHANGING: readonly Field[] = ["product", "region", "mode", "trunk"]; // once it is made

export const EMPTY: Draft = {
  name: "",
  product: "",
  region: "",
  script: "",
  mode: "progressive",
  trunk: "practice",
  caller_id: "",
  opens_at: "09:00:00",
  closes_at: "21:00:00",
  ring_s: 30,
  wrap_up_s: 60,
  max_attempts: 3,
  retry_after_s: 3600,
  priority: 50,
  closing_margin_s: 300,
  disposition_required: true,
  issued_only: false,
  fresh_pct: 70,
  preset: "CN",
};

const FIELDS = Object.keys(EMPTY) as Field[];

/** The form's values of a stored campaign. */
export function draftOf(campaign: Campaign): Draft {
  return Object.fromEntries(FIELDS.map((field) => [field, campaign[field]])) as Draft;
}

/** What the form says otherwise than what is stored. */
export function changesOf(stored: Campaign, draft: Draft): Schemas["ChangeCampaign"] {
  const before = draftOf(stored);
  const changed = FIELDS.filter((field) => !Object.is(draft[field], before[field]));
  return Object.fromEntries(changed.map((field) => [field, draft[field]]));
}

const BY_REASON: Partial<Record<string, Field>> = { name_taken: "name", bad_hours: "opens_at" };

/** The field of each complaint; those of no field are not in here, the form says them as a whole. */
export function complaintsOf(problem: Problem): Partial<Record<Field, Complaint>> {
  const whole = BY_REASON[problem.reason];
  if (whole !== undefined) return { [whole]: { code: problem.reason, message: problem.detail } };
  const found: Partial<Record<Field, Complaint>> = {};
  for (const { field, type, message } of problem.errors) {
    const name = field.replace(/^body\.?/, "");
    if (name === "") found.opens_at = { code: "bad_hours", message }; // the only rule about several fields
    else if (name in EMPTY) found[name as Field] = { code: type, message };
  }
  return found;
}
