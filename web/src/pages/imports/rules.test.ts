import { expect, test } from "vitest";
import { byCount, hasOwnConsent, isMoving, isWhole, leftOf, nameOf, shareOf, sizeOf, sumOf, toneOf } from "./rules";

const RUNNING = { state: "running", size_bytes: 100, received_bytes: 100, rows: 200, rows_done: 50 } as const;

test("one sees how far an import is, where somebody can know it", () => {
  expect(shareOf({ ...RUNNING, state: "uploading", received_bytes: 25 })).toBe(0.25);
  expect(shareOf(RUNNING)).toBe(0.25);
  expect(shareOf({ ...RUNNING, rows: 0 })).toBeUndefined();
  expect(shareOf({ ...RUNNING, state: "reading" })).toBeUndefined();
  expect(leftOf({ rows: 200, rows_done: 50, rows_per_s: 100 })).toBe(2);
  expect(leftOf({ rows: 200, rows_done: 50, rows_per_s: null })).toBeUndefined();
});

test("what changes by itself is looked at again, and each state has its colour", () => {
  expect([isMoving("running"), isMoving("ready"), isMoving("done")]).toEqual([true, false, false]);
  expect([toneOf("ready"), toneOf("failed"), toneOf("undone")]).toEqual(["warn", "bad", undefined]);
});

test("the most frequent fault stands first, and what did not happen not at all", () => {
  expect(byCount({ dnc: 2, formula: 7, foreign: 0 })).toEqual([
    ["formula", 7],
    ["dnc", 2],
  ]);
  expect(sumOf({ dnc: 2, formula: 7 })).toBe(9);
});

test("a list is called as its file", () => {
  expect([nameOf("广州 11月.xlsx"), nameOf("A.B.CSV"), nameOf("no end")]).toEqual(["广州 11月", "A.B", "no end"]);
});

test("a proof of consent is whole with all three, of the file or of each row", () => {
  expect(isWhole({ source: "营业厅", basis: "书面", proof: " " })).toBe(false);
  expect(isWhole({ source: "营业厅", basis: "书面", proof: "3-12" })).toBe(true);
  expect(hasOwnConsent(["phone", "consent_source", "consent_basis"])).toBe(false);
  expect(hasOwnConsent(["phone", "consent_source", "consent_basis", "consent_proof"])).toBe(true);
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [48_213, "48.2 kB"],
  [2_000_000_000, "2.0 GB"],
])("%d bytes are %s", (bytes, shown) => expect(sizeOf(bytes)).toBe(shown));
