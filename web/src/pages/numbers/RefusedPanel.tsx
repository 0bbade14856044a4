import { ShieldCheck } from "lucide-react";
import type { Schemas } from "@/api/client";
import { useTexts } from "@/i18n";
import { reasonText } from "@/i18n/problems";
import { Empty } from "@/ui/Empty";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useTimes } from "@/ui/useTimes";
import classes from "./numbers.module.css";
import side from "./side.module.css";

/** What agents tried to call by hand and may not (L282). */
export function RefusedPanel({ refused, error }: { refused: readonly Schemas["RefusedNumber"][]; error: Error | null }) {
  const texts = useTexts();
  const { moment } = useTimes();
  if (error) return <ProblemNotice error={error} />;
  if (refused.length === 0) return <Empty icon={ShieldCheck} title={texts.numbers.refused.none} hint={texts.numbers.refused.noneHint} />;
  return (
    <ul className={side.refused} aria-label={texts.numbers.tabs.refused}>
      {refused.map((each) => (
        <li key={each.id}>
          <span>
            <strong>{each.agent_name}</strong> <code>{each.number}</code>
          </span>
          <time dateTime={each.at}>{moment(each.at)}</time>
          <span className={classes.quiet}>{reasonText(texts, each.reason)?.title ?? each.reason}</span>
        </li>
      ))}
    </ul>
  );
}
