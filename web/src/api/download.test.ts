import { expect, test } from "vitest";
import { nameOf } from "./download";

test.each([
  ['attachment; filename="clip-1-500-900.wav"', "clip-1-500-900.wav"],
  ['attachment; filename="../a"', undefined],
  ["attachment", undefined],
  [null, undefined],
])("%j names %j", (disposition, name) => expect(nameOf(disposition)).toBe(name));
