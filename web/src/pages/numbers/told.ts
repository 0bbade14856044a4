/** What came of an order, in words. */
import type { Texts } from "@/i18n";
import type { Ordered } from "./LastOrder";
import type { Done } from "./rules";

/** The sentence of an order, and of what is missing to what was asked for. */
export function told(texts: Texts["numbers"], done: Done, text: string): Ordered {
  const why = done.why_short === null ? "" : texts.short[done.why_short];
  const short = done.short > 0 ? texts.shortOf(done.short, why) : null;
  return { id: done.request_id, text, short, moves: done.moves.map(({ id }) => id) };
}
