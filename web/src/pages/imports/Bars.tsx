import { useTexts } from "@/i18n";
import { useTimes } from "@/ui/useTimes";
import classes from "./imports.module.css";
import { byCount, sumOf } from "./rules";
import review from "./review.module.css";

export interface Figures {
  accepted: number;
  without_consent: number;
  rejected: Record<string, number>;
}

/** What became of the numbers: one bar, and its parts in figures. */
export function Bars({ figures }: { figures: Figures }) {
  const texts = useTexts().imports;
  const { count } = useTimes();
  const rejected = sumOf(figures.rejected);
  const parts = [
    { name: texts.parts.ready, value: figures.accepted - figures.without_consent, tone: "good" },
    { name: texts.parts.waiting, value: figures.without_consent, tone: "warn" },
    { name: texts.parts.rejected, value: rejected, tone: "bad" },
  ];
  const all = Math.max(1, figures.accepted + rejected);
  return (
    <div className={review.bars}>
      <div className={review.bar} aria-hidden>
        {parts.map(({ tone, value }) => value > 0 && <span key={tone} data-tone={tone} style={{ width: `${(value / all) * 100}%` }} />)}
      </div>
      <dl className={review.parts}>
        {parts.map(({ name, value, tone }) => (
          <div key={tone} data-tone={tone} data-zero={value === 0 || undefined}>
            <dt>{name}</dt>
            <dd>{count(value)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** Why rows are no leads, the most frequent first, each with what helps. */
export function Reasons({ rejected }: { rejected: Record<string, number> }) {
  const texts = useTexts().imports;
  const { count } = useTimes();
  const found = byCount(rejected);
  const most = found[0]?.[1] ?? 1;
  if (found.length === 0) return null;
  return (
    <ul className={review.reasons} aria-label={texts.byReason}>
      {found.map(([reason, n]) => (
        <li key={reason}>
          <span className={review.reasonCount}>{count(n)}</span>
          <span className={review.reasonBar} aria-hidden>
            <i style={{ width: `${(n / most) * 100}%` }} />
          </span>
          <span>
            {texts.reasons[reason].title}
            <span className={classes.quiet}> {texts.reasons[reason].hint}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}
