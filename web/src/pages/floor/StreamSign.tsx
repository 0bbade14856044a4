import { useTexts } from "@/i18n";
import { useStreamState } from "@/live/useFloor";
import classes from "./floor.module.css";

/** Whether what one sees is of this very moment. */
export function StreamSign() {
  const { shell } = useTexts();
  const state = useStreamState();
  return (
    <span className={classes.stream} data-state={state} role="status">
      <span className={classes.pulse} aria-hidden />
      {shell.live[state]}
    </span>
  );
}
