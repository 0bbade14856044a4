/** Times and counts as people read them. Pure. */

/** `0:07`, `12:40`, `1:02:03`. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = `${h > 0 ? String(m).padStart(2, "0") : m}:${String(s).padStart(2, "0")}`;
  return h > 0 ? `${h}:${tail}` : tail;
}

/** `12.3 %`; nothing of nothing is a dash. */
export function percent(rate: number | null, digits = 1): string {
  return rate === null ? "–" : `${(rate * 100).toFixed(digits)} %`;
}

export interface Times {
  clock: (at: string | number) => string;
  minute: (at: string | number) => string;
  day: (at: string | number) => string;
  moment: (at: string | number) => string;
  count: (value: number) => string;
}

/** Formats in a language and a zone. */
export function timesIn(tag: string, zone: string): Times {
  const by = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(tag, { timeZone: zone, hourCycle: "h23", ...options });
    return (at: string | number) => format.format(new Date(at));
  };
  const counts = new Intl.NumberFormat(tag);
  return {
    clock: by({ hour: "2-digit", minute: "2-digit", second: "2-digit" }),
    minute: by({ hour: "2-digit", minute: "2-digit" }),
    day: by({ month: "short", day: "numeric", weekday: "short" }),
    moment: by({ month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" }),
    count: (value) => counts.format(value),
  };
}
