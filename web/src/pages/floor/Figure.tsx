import { useId, type ReactNode } from "react";
import classes from "./floor.module.css";

interface Props {
  name: string;
  value: string | number;
  note?: string;
  bad?: boolean;
  wide?: boolean;
  children: ReactNode;
}

/** One large number, and what it is made of. */
export function Figure({ name, value, note, bad = false, wide = false, children }: Props) {
  const id = useId();
  return (
    <div className={classes.figure} data-wide={wide || undefined} role="group" aria-labelledby={id}>
      <div className={classes.figureName} id={id}>
        {name}
      </div>
      <div className={classes.figureValue} data-bad={bad || undefined}>
        {value}
        {note !== undefined && <span className={classes.figureNote}>{note}</span>}
      </div>
      <div className={classes.figureParts}>{children}</div>
    </div>
  );
}
