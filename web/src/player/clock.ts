/** Seconds as `mm:ss.t`, and `h:mm:ss.t` from an hour on; tenths are cut, not rounded, so that a clock never runs ahead. */
export function clock(seconds: number): string {
  const tenths = Math.max(0, Math.floor(seconds * 10 + 1e-6));
  const [hours, minutes, rest] = [Math.floor(tenths / 36000), Math.floor(tenths / 600) % 60, tenths % 600];
  const tail = `${two(minutes)}:${two(Math.floor(rest / 10))}.${rest % 10}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}

/** The second that a link's `t` points at; 0 for what is no such number. */
export function secondOf(text: string | null): number {
  return text !== null && /^\d{1,6}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
