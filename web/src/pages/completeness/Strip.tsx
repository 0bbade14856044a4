import { Tooltip } from "@mantine/core";
import { useTexts } from "@/i18n";
import classes from "./completeness.module.css";
import { useStrip, type Completeness } from "./data";

type Kind = "whole" | "open" | "missing" | "none";

interface Props {
  today: string;
  chosen: string;
  onChoose: (day: string) => void;
}

/** The last fortnight, a column a day: how many calls were answered, and whether all of them were recorded. */
export function Strip({ today, chosen, onChoose }: Props) {
  const texts = useTexts().completeness;
  const days = useStrip(today);
  const most = Math.max(1, ...days.map(({ counted }) => counted?.answered ?? 0));
  return (
    <nav className={classes.strip} aria-label={texts.strip}>
      {days.map(({ day, counted }) => {
        const kind = kindOf(counted);
        const told = counted?.answered
          ? texts.stripDay(day, counted.of_answered.present + counted.of_answered.taken_away, counted.answered)
          : texts.stripNone(day);
        return (
          <Tooltip key={day} label={`${told} (${texts.key[kind]})`}>
            <button
              type="button"
              className={classes.column}
              aria-label={told}
              aria-current={day === chosen ? "date" : undefined}
              onClick={() => onChoose(day)}
            >
              <span className={classes.columnBar}>
                <span data-kind={kind} style={{ height: `${((counted?.answered ?? 0) / most) * 100}%` }} />
              </span>
              <span className={classes.columnDay}>{day.slice(5)}</span>
            </button>
          </Tooltip>
        );
      })}
    </nav>
  );
}

function kindOf(counted: Completeness | undefined): Kind {
  if (!counted?.answered) return "none";
  if (counted.of_answered.absent > 0) return "missing";
  return counted.of_answered.open > 0 ? "open" : "whole";
}
