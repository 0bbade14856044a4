import { useState } from "react";
import { useTexts } from "@/i18n";
import type { Figures } from "@/live/changes";
import { useFloor } from "@/live/useFloor";
import { useTimes } from "@/ui/useTimes";
import classes from "./floor.module.css";
import { roundUp } from "./rules";

type Minute = Figures["minutes"][number];
type Kind = "dialed" | "answered" | "abandoned";

const KINDS: readonly Kind[] = ["dialed", "answered", "abandoned"];
const NONE: Minute[] = [];
const LABEL_EVERY = 10; // minutes

/** The last hour, minute by minute: of the dialed the answered, of these the abandoned. */
export function HourPlot() {
  const { floor: texts } = useTexts();
  const times = useTimes();
  const minutes = useFloor((floor) => floor.figures.minutes) ?? NONE;
  const [pointed, setPointed] = useState<string | null>(null);
  const minute = minutes.find(({ at }) => at === pointed);
  const sums = minute ?? sumOf(minutes);
  return (
    <section className={classes.panel} aria-label={texts.lastHour}>
      <header className={classes.panelHead}>
        <h2>{minute === undefined ? texts.lastHour : times.minute(minute.at)}</h2>
        <ul className={classes.legend}>
          {KINDS.map((kind) => (
            <li key={kind} data-kind={kind}>
              {texts[kind]} <b>{times.count(sums[kind])}</b>
            </li>
          ))}
        </ul>
      </header>
      <Bars minutes={minutes} pointed={pointed} onPoint={setPointed} />
    </section>
  );
}

interface BarsProps {
  minutes: readonly Minute[];
  pointed: string | null;
  onPoint: (at: string | null) => void;
}

function Bars({ minutes, pointed, onPoint }: BarsProps) {
  const { floor: texts } = useTexts();
  const times = useTimes();
  const most = roundUp(Math.max(0, ...minutes.map(({ dialed }) => dialed)));
  const sums = sumOf(minutes);
  const said = texts.lastHourText(times.count(sums.dialed), times.count(sums.answered), times.count(sums.abandoned));
  return (
    <div className={classes.plot} role="img" aria-label={said}>
      <div className={classes.scale}>
        <span>{most}</span>
        <span>{most / 2}</span>
        <span>0</span>
      </div>
      <div className={classes.columns} onMouseLeave={() => onPoint(null)}>
        {minutes.map((minute) => (
          <div
            key={minute.at}
            className={classes.minute}
            data-pointed={minute.at === pointed || undefined}
            onMouseEnter={() => onPoint(minute.at)}
          >
            {KINDS.map((kind) => (
              <span
                key={kind}
                data-kind={kind}
                data-some={minute[kind] > 0 || undefined}
                style={{ height: `${(minute[kind] / most) * 100}%` }}
              />
            ))}
          </div>
        ))}
      </div>
      <div className={classes.axis}>
        {minutes
          .filter((_minute, index) => index % LABEL_EVERY === 0)
          .map(({ at }) => (
            <span key={at}>{times.minute(at)}</span>
          ))}
      </div>
    </div>
  );
}

function sumOf(minutes: readonly Minute[]): Record<Kind, number> {
  const sum = (kind: Kind) => minutes.reduce((total, minute) => total + minute[kind], 0);
  return { dialed: sum("dialed"), answered: sum("answered"), abandoned: sum("abandoned") };
}
