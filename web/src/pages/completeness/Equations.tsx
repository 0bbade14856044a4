import { Link } from "react-router";
import { useTexts, type Texts } from "@/i18n";
import { useTimes } from "@/ui/useTimes";
import { addressOf } from "./address";
import classes from "./completeness.module.css";
import type { Completeness } from "./data";
import { absentOf, callsOf } from "./rules";

/** The day as two sums: of the answered calls, which must come out whole, and of all calls. */
export function Equations({ counted }: { counted: Completeness }) {
  const texts = useTexts().completeness;
  const { day, of_answered } = counted;
  const missing = { href: addressOf(day, "absent", "recorder_failed"), isAlarm: of_answered.absent > 0 };
  const present = { href: addressOf(day) };
  return (
    <div className={classes.sums}>
      <Sum
        title={texts.answeredSum}
        hint={texts.answeredHint}
        total={{ count: counted.answered, name: texts.answered }}
        present={{ count: of_answered.present, name: texts.present, ...present }}
        taken={{ count: of_answered.taken_away, name: texts.takenAway, href: addressOf(day, "absent") }}
        absent={{ count: of_answered.absent, name: texts.absent, ...missing }}
        open={{ count: of_answered.open, name: texts.open, href: "#open" }}
      />
      <Sum
        title={texts.allSum}
        hint={`${texts.allHint} ${expectedText(texts, counted)}`}
        total={{ count: callsOf(counted), name: texts.calls }}
        present={{ count: counted.present, name: texts.present, ...present }}
        absent={{ count: absentOf(counted), name: texts.absent, href: addressOf(day, "absent") }}
        open={{ count: counted.open, name: texts.open, href: "#open" }}
      />
    </div>
  );
}

/** What the ledger was told of before dialing must be what became of the calls. */
function expectedText(texts: Texts["completeness"], counted: Completeness): string {
  const off = Math.abs(counted.expected - callsOf(counted));
  return off === 0 ? texts.expected(counted.expected) : `${texts.expected(counted.expected)}, ${texts.unexpected(off)}`;
}

interface Term {
  count: number;
  name: string;
  /** The list behind the figure. */
  href?: string;
  isAlarm?: boolean;
}

interface SumProps {
  title: string;
  hint: string;
  total: Term;
  present: Term;
  /** Recorded once, and gone by order or by rule; shown only where there is some. */
  taken?: Term;
  absent: Term;
  open: Term;
}

function Sum({ title, hint, total, present, taken, absent, open }: SumProps) {
  const parts = [
    { ...present, kind: "present" },
    ...(taken !== undefined && taken.count > 0 ? [{ ...taken, kind: "taken" }] : []),
    { ...absent, kind: absent.isAlarm ? "missing" : "absent" },
    { ...open, kind: "open" },
  ];
  return (
    <section className={classes.card}>
      <h2>{title}</h2>
      <div className={classes.sum}>
        <Figure {...total} />
        {parts.map(({ kind, ...term }, index) => (
          <span key={kind} className={classes.term}>
            <span className={classes.operator}>{index === 0 ? "=" : "+"}</span>
            <Figure {...term} kind={kind} />
          </span>
        ))}
      </div>
      <div className={classes.bar} aria-hidden>
        {parts.map(({ kind, count }) => count > 0 && <span key={kind} data-kind={kind} style={{ flexGrow: count }} />)}
      </div>
      <p className={classes.hint}>{hint}</p>
    </section>
  );
}

function Figure({ count, name, href, kind }: Term & { kind?: string }) {
  const texts = useTexts().completeness;
  const { count: written } = useTimes();
  const shown = (
    <>
      <strong>{written(count)}</strong>
      <span>{name}</span>
    </>
  );
  if (href === undefined || count === 0) {
    return (
      <span className={classes.figure} data-kind={kind}>
        {shown}
      </span>
    );
  }
  const to = href.startsWith("#") ? { hash: href, search: window.location.search } : href;
  return (
    <Link className={classes.figure} data-kind={kind} to={to} title={texts.show(name)}>
      {shown}
    </Link>
  );
}
