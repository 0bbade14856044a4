import { secondsSince, useNow } from "@/live/clock";
import { span } from "./times";
import classes from "./Ticker.module.css";

interface Props {
  since: string;
  /** How unusual so many seconds are: 0, 1 or 2. */
  level?: (seconds: number) => number;
  /** The words for level 1 and 2, for those who do not see the colour. */
  words?: readonly [string, string];
}

/** The time since a moment; it ticks, and turns amber, then red, when it is long. */
export function Ticker({ since, level, words }: Props) {
  const seconds = secondsSince(since, useNow());
  const found = level?.(seconds) ?? 0;
  const word = words?.[found - 1];
  return (
    <span className={classes.ticker} data-level={found} title={word}>
      {span(seconds)}
      {word !== undefined && <span className="visually-hidden"> {word}</span>}
    </span>
  );
}
