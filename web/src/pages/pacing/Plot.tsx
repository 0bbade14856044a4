import { SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { useTexts } from "@/i18n";
import { useTimes } from "@/ui/useTimes";
import { useMoments } from "./data";
import classes from "./pacing.module.css";
import { HEIGHT, type Name, pointsOf, topOf, WIDTH } from "./plot";

const NAMES: readonly Name[] = ["lines", "talking", "idle", "wrapping"];
const SPANS = [15, 60, 480];

/** Lines in the air and agents by state along time. */
export function Plot({ id }: { id: string }) {
  const texts = useTexts().pacing;
  const { clock } = useTimes();
  const [minutes, setMinutes] = useState(60);
  const moments = useMoments(id, minutes).data?.items ?? [];
  const top = topOf(moments, NAMES);
  const [first, last] = [moments[0], moments.at(-1)];
  return (
    <section className={classes.card}>
      <div className={classes.cardHead}>
        <h2>{texts.plot}</h2>
        <SegmentedControl
          size="xs"
          aria-label={texts.span}
          data={SPANS.map((span) => ({ value: String(span), label: texts.spans(span) }))}
          value={String(minutes)}
          onChange={(value) => setMinutes(Number(value))}
        />
      </div>
      {moments.length < 2 ? (
        <p className={classes.quiet}>{texts.noPlot}</p>
      ) : (
        <>
          <div className={classes.scale}>{top}</div>
          <svg className={classes.plot} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={texts.plot}>
            {NAMES.map((name) => (
              <polyline key={name} data-name={name} points={pointsOf(moments, name, top)} />
            ))}
          </svg>
          <div className={classes.axis}>
            <span>{first && clock(first.at)}</span>
            <span>{last && clock(last.at)}</span>
          </div>
          <ul className={classes.legend}>
            {NAMES.map((name) => (
              <li key={name} data-name={name}>
                {texts.names[name]} <strong>{last?.[name]}</strong>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
