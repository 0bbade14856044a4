import { expect, test } from "vitest";
import { dragged, draftOf, orderOf, partOf, selectedOf } from "./clip";

test("a clip begins as the whole, and never over half an hour", () => {
  expect(partOf(draftOf(20.37), 20.37)).toEqual({ from: 0, to: 20.3 });
  expect(partOf(draftOf(7200), 7200)).toEqual({ from: 0, to: 1800 });
});

test("a drag chooses the stretch, or what is redacted in it", () => {
  const chosen = dragged(draftOf(20), { from: 3, to: 9.5 });
  const redacted = dragged({ ...chosen, making: "redaction" }, { from: 4, to: 5 });
  expect(selectedOf(redacted, 20)).toEqual([
    { from: 3, to: 9.5, kind: "part" },
    { from: 4, to: 5, kind: "redaction" },
  ]);
  expect(orderOf(redacted, 20)).toBeNull();
  expect(orderOf({ ...redacted, why: " complaint 17 " }, 20)).toEqual({
    from_s: 3,
    to_s: 9.5,
    redactions: [{ from_s: 4, to_s: 5 }],
    why: "complaint 17",
    form: "wav",
  });
});

test.each([
  ["5", "5"],
  ["6", "5"],
  ["0", "20.1"],
  ["x", "5"],
  ["", ""],
])("from %j to %j of twenty seconds is no clip", (from, to) => {
  expect(partOf({ ...draftOf(20), from, to }, 20)).toBeNull();
});

test("times may be typed as minutes and seconds", () => {
  expect(partOf({ ...draftOf(200), from: "1:00", to: "1:30.5" }, 200)).toEqual({ from: 60, to: 90.5 });
});
