import { useTexts } from "@/i18n";
import { Meter } from "@/ui/Meter";
import { percent } from "@/ui/times";
import type { Stats } from "./data";
import classes from "./pacing.module.css";

/** Lines, agents, and the abandon rate of each span beside its limit. */
export function Figures({ stats }: { stats: Stats }) {
  const texts = useTexts().pacing;
  const { now } = stats;
  return (
    <div className={classes.figures}>
      {(["lines", "idle", "talking", "wrapping", "paused"] as const).map((name) => (
        <Figure key={name} name={texts.names[name]} value={now === null ? "–" : String(now[name])} />
      ))}
      {(["today", "hours_24", "days_30"] as const).map((span) => (
        <Abandons key={span} name={texts.rates[span]} rate={stats[span]} limit={stats.abandon_limit} />
      ))}
    </div>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div className={classes.figure}>
      <span className={classes.quiet}>{name}</span>
      <strong>{value}</strong>
    </div>
  );
}

function Abandons({ name, rate, limit }: { name: string; rate: Stats["today"]; limit: number }) {
  const texts = useTexts().pacing;
  const share = rate.tsr ?? 0;
  const isOver = share > limit;
  return (
    <div className={classes.figure} title={`Ofcom ${percent(rate.ofcom, 2)}`}>
      <span className={classes.quiet}>{name}</span>
      <strong data-tone={isOver ? "bad" : undefined}>{percent(rate.tsr, 2)}</strong>
      <Meter value={share / 0.06} mark={limit / 0.06} color={isOver ? "var(--tz-bad)" : "var(--tz-good)"} />
      <span className={classes.quiet}>{texts.of(rate.abandoned, rate.answered)}</span>
    </div>
  );
}
