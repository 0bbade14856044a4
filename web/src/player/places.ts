/** Where seconds of a recording lie on the width of its waveform; all of it without a browser. */

/** A second's place as a share of the width, 0..100. */
export function percentOf(second: number, duration: number): number {
  return duration > 0 ? Math.min(100, Math.max(0, (second / duration) * 100)) : 0;
}

/** The second under a place of the width, both in pixels; outside it is the nearer end. */
export function secondUnder(x: number, width: number, duration: number): number {
  return width > 0 ? Math.min(duration, Math.max(0, (x / width) * duration)) : 0;
}

export interface Stretch {
  from: number;
  to: number;
}

/** A stretch between two seconds in either order, in tenths; null when it is too short to be meant. */
export function stretchOf(one: number, other: number): Stretch | null {
  const [from, to] = [tenth(Math.min(one, other)), tenth(Math.max(one, other))];
  return to - from >= 0.1 ? { from, to } : null;
}

/** A second in tenths. */
export function tenth(second: number): number {
  return Math.round(second * 10) / 10;
}

/** Something drawn at a place, whose words take some of the width. */
interface Placed {
  percent: number;
  /** The words' width, as a share of the whole. */
  width: number;
}

/** On which of `lanes` rows the words of each go, so that none covers another; -1 = there is no room for its words. */
export function lanesFor(placed: readonly Placed[], lanes: number): number[] {
  const ends = new Array<number>(lanes).fill(-Infinity);
  return placed.map(({ percent, width }) => {
    const begin = Math.min(percent, 100 - width);
    const lane = ends.findIndex((end) => end <= begin);
    if (lane >= 0) ends[lane] = begin + width;
    return lane;
  });
}

/** Typed seconds: `75`, `75.5` or `1:15.5`; null when it is none. */
export function typedSecond(text: string): number | null {
  const found = /^(?:(?:(\d{1,2}):)?(\d{1,3}):)?(\d{1,5}(?:\.\d{1,3})?)$/.exec(text.trim());
  if (!found) return null;
  const [hours = 0, minutes = 0, seconds = 0] = found.slice(1).map((part: string | undefined) => Number(part ?? 0));
  return hours * 3600 + minutes * 60 + seconds;
}
