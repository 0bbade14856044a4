/** Lines of a plot, from moments to the points of an SVG. */
import type { Moment } from "./data";

export const WIDTH = 1000;
export const HEIGHT = 220;

export type Name = "lines" | "talking" | "idle" | "wrapping";

/** The highest value of all lines, at least 4: a quiet floor is no drama. */
export function topOf(moments: readonly Moment[], names: readonly Name[]): number {
  return Math.max(4, ...moments.flatMap((moment) => names.map((name) => moment[name])));
}

/** The points of one line, left to right by time. */
export function pointsOf(moments: readonly Moment[], name: Name, top: number): string {
  const first = Date.parse(moments[0]?.at ?? "");
  const span = Math.max(1, Date.parse(moments.at(-1)?.at ?? "") - first);
  return moments
    .map((moment) => {
      const x = ((Date.parse(moment.at) - first) / span) * WIDTH;
      const y = HEIGHT - (moment[name] / top) * HEIGHT;
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    })
    .join(" ");
}
