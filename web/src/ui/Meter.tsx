import classes from "./Meter.module.css";

interface Props {
  /** 0 to 1; more is full. */
  value: number;
  color: string;
  /** Where a limit stands, 0 to 1. */
  mark?: number;
}

/** A share as a bar; the number beside it says the same. */
export function Meter({ value, color, mark }: Props) {
  return (
    <div className={classes.meter} aria-hidden>
      <span style={{ width: `${Math.min(1, value) * 100}%`, background: color }} />
      {mark !== undefined && <i style={{ left: `${mark * 100}%` }} />}
    </div>
  );
}
