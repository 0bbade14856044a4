import { CircleAlert, CircleCheck, CircleDashed } from "lucide-react";
import { useTexts } from "@/i18n";
import classes from "./completeness.module.css";
import type { Completeness } from "./data";
import { callsOf, verdictOf } from "./rules";

const TONES = { none: "quiet", quiet: "quiet", whole: "good", settling: "open", incidents: "bad", missing: "bad" } as const;
const ICONS = { quiet: CircleDashed, good: CircleCheck, open: CircleDashed, bad: CircleAlert };

/** The day in one sentence. */
export function Verdict({ counted }: { counted: Completeness }) {
  const { verdicts } = useTexts().completeness;
  const verdict = verdictOf(counted, callsOf(counted));
  const tone = TONES[verdict];
  const Icon = ICONS[tone];
  const said = {
    none: verdicts.none,
    quiet: verdicts.quiet,
    whole: counted.of_answered.taken_away > 0 ? verdicts.wholeOnce(counted.answered, counted.of_answered.taken_away) : verdicts.whole(counted.answered),
    settling: verdicts.settling(counted.open),
    incidents: verdicts.incidents(counted.open_incidents),
    missing: verdicts.missing(counted.of_answered.absent),
  };
  return (
    <p className={classes.verdict} data-tone={tone} role={tone === "bad" ? "alert" : "status"}>
      <Icon size={20} aria-hidden />
      {said[verdict]}
    </p>
  );
}
