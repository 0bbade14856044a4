import classes from "./floor.module.css";

interface Part {
  name: string;
  count: number;
  color: string;
}

/** What a number is made of: a bar for the eye, and each part in words. */
export function Share({ parts }: { parts: readonly Part[] }) {
  return (
    <>
      <div className={classes.bar} aria-hidden>
        {parts.map(({ name, count, color }) => (
          <span key={name} hidden={count === 0} style={{ flexGrow: count, background: color }} />
        ))}
      </div>
      <ul className={classes.parts}>
        {parts.map(({ name, count, color }) => (
          <li key={name}>
            <span className={classes.dot} style={{ background: color }} aria-hidden />
            {name} <b>{count}</b>
          </li>
        ))}
      </ul>
    </>
  );
}
