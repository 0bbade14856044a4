/** RFC 9457 problem documents, as the api answers them. */

export interface FieldError {
  field: string;
  message: string;
  type: string;
}

interface Said {
  status: number;
  reason: string;
  detail: string;
  advice: string;
  errors: FieldError[];
  retryAfterS?: number;
}

/** What went wrong; `reason` is a code with a sentence in each language, `unreachable` when no api answered. */
export class Problem extends Error implements Said {
  readonly status: number;
  readonly reason: string;
  readonly detail: string;
  readonly advice: string;
  readonly errors: FieldError[];
  readonly retryAfterS?: number;

  constructor(said: Said) {
    super(`${said.reason}: ${said.detail}`);
    this.status = said.status;
    this.reason = said.reason;
    this.detail = said.detail;
    this.advice = said.advice;
    this.errors = said.errors;
    this.retryAfterS = said.retryAfterS;
  }

  /** Whether asking again may help: the api, or something behind it, is away. */
  get isAway(): boolean {
    return this.status === 0 || this.status >= 502;
  }
}

/** The problem of an answer; one that is no problem document (a proxy's page) counts as unreachable. */
export async function problemOf(response: Response): Promise<Problem> {
  const retryAfter = Number(response.headers.get("Retry-After"));
  const retryAfterS = retryAfter > 0 ? retryAfter : undefined;
  const said: unknown = await response.json().catch(() => null);
  const reason = text(said, "reason");
  return new Problem({
    status: response.status,
    reason: reason === "" ? "unreachable" : reason,
    detail: text(said, "detail"),
    advice: text(said, "advice"),
    errors: fieldErrors(said),
    retryAfterS,
  });
}

function text(said: unknown, name: string): string {
  const value = isRecord(said) ? said[name] : undefined;
  return typeof value === "string" ? value : "";
}

function fieldErrors(said: unknown): FieldError[] {
  const errors = isRecord(said) ? said.errors : undefined;
  if (!Array.isArray(errors)) return [];
  return errors.filter(isRecord).map((item) => ({
    field: text(item, "field"),
    message: text(item, "message"),
    type: text(item, "type"),
  }));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
