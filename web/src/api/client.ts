/** The one way to our api: typed paths, the CSRF header, and problems as errors. */
import createClient, { type Middleware } from "openapi-fetch";
import { noteAway, noteThere } from "@/live/server";
import { Problem, problemOf } from "./problem";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

let csrfToken: string | null = null;
let onLoggedOut: () => void = () => undefined;

/** What login or `/auth/me` gave; it goes with every request that changes something. */
export function keepCsrfToken(token: string | null): void {
  csrfToken = token;
}

/** Called whenever the api says that nobody is logged in. */
export function whenLoggedOut(listener: () => void): void {
  onLoggedOut = listener;
}

const middleware: Middleware = {
  onRequest({ request }) {
    if (csrfToken !== null && request.method !== "GET") request.headers.set("X-CSRF-Token", csrfToken);
    return request;
  },
  async onResponse({ request, response }) {
    noteThere();
    if (response.ok) return response;
    const problem = await problemOf(response);
    if (response.status === 401 && !request.url.endsWith("/auth/login")) onLoggedOut();
    throw problem;
  },
  onError({ error }) {
    if (error instanceof Problem) return error;
    if (error instanceof DOMException && error.name === "AbortError") return error;
    noteAway();
    return unreachable();
  },
};

export const api = createClient<paths>({ baseUrl: window.location.origin, credentials: "same-origin" });
api.use(middleware);

/** The body of an answer that is known to have one: failures were thrown before. */
export async function body<T>(answer: Promise<{ data?: T }>): Promise<T> {
  const { data } = await answer;
  if (data === undefined) throw unreachable();
  return data;
}

function unreachable(): Problem {
  return new Problem({ status: 0, reason: "unreachable", detail: "", advice: "", errors: [] });
}
