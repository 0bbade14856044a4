import { describe, expect, it } from "vitest";
import { problemOf } from "./problem";

describe("a failed answer", () => {
  it("is the problem that it says", async () => {
    const said = { reason: "locked_out", detail: "d", advice: "a", errors: [{ field: "body.name", message: "m", type: "t" }] };
    const problem = await problemOf(Response.json(said, { status: 429, headers: { "Retry-After": "42" } }));
    expect(problem).toMatchObject({ status: 429, reason: "locked_out", retryAfterS: 42, isAway: false, errors: said.errors });
  });

  it("that is no problem document means that our api was not reached", async () => {
    const problem = await problemOf(new Response("<html>Bad gateway</html>", { status: 502 }));
    expect(problem).toMatchObject({ reason: "unreachable", isAway: true, errors: [] });
  });
});
