import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import classes from "./Empty.module.css";

interface Props {
  icon: LucideIcon;
  title: string;
  hint?: string;
  children?: ReactNode;
}

/** Nothing to show, why, and what to do next. */
export function Empty({ icon: Icon, title, hint, children }: Props) {
  return (
    <div className={classes.empty} role="status">
      <span className={classes.icon}>
        <Icon size={22} aria-hidden />
      </span>
      <p className={classes.title}>{title}</p>
      {hint !== undefined && <p className={classes.hint}>{hint}</p>}
      {children}
    </div>
  );
}
