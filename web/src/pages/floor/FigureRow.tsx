import { useTexts } from "@/i18n";
import type { Figures } from "@/live/changes";
import { useFloor } from "@/live/useFloor";
import { percent } from "@/ui/times";
import { useTimes } from "@/ui/useTimes";
import { Figure } from "./Figure";
import classes from "./floor.module.css";
import { Meter } from "@/ui/Meter";
import { ABANDON_LIMIT, STATES } from "./rules";
import { Share } from "./Share";

const METER_FULL = 2 * ABANDON_LIMIT; // the limit stands in the middle

/** The day in five figures. */
export function FigureRow() {
  const { floor: texts } = useTexts();
  const figures = useFloor((floor) => floor.figures);
  if (figures === undefined) return null;
  return (
    <section className={classes.figures} aria-label={texts.figures}>
      <InAir figures={figures} />
      <AtWork figures={figures} />
      <Answered figures={figures} />
      <Abandoned figures={figures} />
      <Recordings figures={figures} />
    </section>
  );
}

function InAir({ figures: { in_air: inAir } }: { figures: Figures }) {
  const { floor: texts } = useTexts();
  const parts = [
    { name: texts.inAirParts.connected, count: inAir.connected, color: "var(--tz-talk)" },
    { name: texts.inAirParts.waiting, count: inAir.waiting, color: "var(--tz-warn-line)" },
    { name: texts.inAirParts.dialing, count: inAir.dialing, color: "var(--tz-line-strong)" },
  ];
  return (
    <Figure name={texts.inAir} value={inAir.connected + inAir.waiting + inAir.dialing}>
      <Share parts={parts} />
    </Figure>
  );
}

const COLORS: Record<(typeof STATES)[number], string> = {
  on_call: "var(--tz-talk)",
  reserved: "var(--tz-reserve)",
  wrap_up: "var(--tz-wrap)",
  ready: "var(--tz-good)",
  paused: "var(--tz-idle)",
};

function AtWork({ figures: { agents } }: { figures: Figures }) {
  const { floor: texts } = useTexts();
  const parts = STATES.map((state) => ({ name: texts.states[state], count: agents[state], color: COLORS[state] }));
  return (
    <Figure name={texts.agentsAtWork} value={parts.reduce((sum, { count }) => sum + count, 0)} wide>
      <Share parts={parts} />
    </Figure>
  );
}

function Answered({ figures }: { figures: Figures }) {
  const { floor: texts } = useTexts();
  const { count } = useTimes();
  return (
    <Figure name={texts.answerRate} value={percent(figures.answer_rate)}>
      <Meter value={figures.answer_rate ?? 0} color="var(--tz-accent)" />
      <span>{texts.answerRateOf(count(figures.answered), count(figures.dialed))}</span>
    </Figure>
  );
}

function Abandoned({ figures }: { figures: Figures }) {
  const { floor: texts } = useTexts();
  const { count } = useTimes();
  const rate = figures.abandon_rate ?? 0;
  const isOver = rate > ABANDON_LIMIT;
  const limit = texts.abandonLimit(percent(ABANDON_LIMIT, 0));
  return (
    <Figure name={texts.abandonRate} value={percent(figures.abandon_rate)} note={isOver ? texts.abandonOver : limit} bad={isOver}>
      <Meter value={rate / METER_FULL} mark={ABANDON_LIMIT / METER_FULL} color={isOver ? "var(--tz-bad-line)" : "var(--tz-accent)"} />
      <span>{texts.abandonRateOf(count(figures.abandoned), count(figures.answered))}</span>
    </Figure>
  );
}

function Recordings({ figures }: { figures: Figures }) {
  const { floor: texts } = useTexts();
  const { count } = useTimes();
  const { recordings_present: present, recordings_open: open } = figures;
  const all = present + open;
  return (
    <Figure name={texts.recordings} value={count(present)}>
      <Meter value={all === 0 ? 0 : present / all} color="var(--tz-good)" />
      <span>
        {texts.recordingsPresent} · {texts.recordingsOpen(count(open))}
      </span>
    </Figure>
  );
}
