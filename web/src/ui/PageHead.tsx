import type { ReactNode } from "react";
import classes from "./PageHead.module.css";

interface Props {
  title: string;
  /** What stands beside the title, quietly. */
  aside?: ReactNode;
  /** What one can do here. */
  children?: ReactNode;
}

/** The page's name and what one can do on it; also the page's title in the browser. */
export function PageHead({ title, aside, children }: Props) {
  return (
    <header className={classes.head}>
      <title>{`${title} · 天舟 Tianzhou`}</title>
      <h1 className={classes.title}>{title}</h1>
      {aside}
      <div className={classes.actions}>{children}</div>
    </header>
  );
}
