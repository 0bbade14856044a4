import { queryOf } from "../recordings/filters";

/** Where the recordings page shows a day's calls: those recorded, or those that are not, for one reason or any. */
export function addressOf(day: string, status?: "absent", reason?: string): string {
  return `/recordings?${queryOf({ from: day, to: day, ...(status && { status }), ...(reason && { reason }) })}`;
}
