import { useElementSize } from "@mantine/hooks";
import type { Schemas } from "@/api/client";
import { useTexts } from "@/i18n";
import { clock } from "./clock";
import { lanesFor, percentOf } from "./places";
import classes from "./player.module.css";

type Mark = Schemas["Mark"];
type Heard = Mark & { at_s: number };

interface Props {
  marks: readonly Mark[];
  /** Seconds. */
  duration: number;
  onSeek: (second: number) => void;
}

const LANES = 2;
const LETTER_PX = 7; // of the strip's small print; a Chinese one takes two
const SPARE_PX = 14;

/** What happened to the call, under the waveform at its seconds: a click goes there. */
export function CourseStrip({ marks, duration, onSeek }: Props) {
  const { course } = useTexts().listening;
  const { ref, width } = useElementSize();
  const moments = marks.filter((mark): mark is Heard => mark.at_s !== null && mark.until === null);
  const words = moments.map(({ kind }) => course.kinds[kind] ?? kind);
  const lanes = lanesFor(
    moments.map(({ at_s }, n) => ({ percent: percentOf(at_s, duration), width: shareOf(words[n] ?? "", width) })),
    LANES,
  );
  return (
    <div ref={ref} className={classes.strip} role="group" aria-label={course.title}>
      {marks.map((mark) => (
        <Span key={`${mark.kind} ${mark.at}`} mark={mark} duration={duration} />
      ))}
      {moments.map((mark, n) => (
        <Tick key={`${mark.kind} ${mark.at}`} mark={mark} words={words[n] ?? ""} lane={lanes[n] ?? -1} duration={duration} onSeek={onSeek} />
      ))}
    </div>
  );
}

interface TickProps {
  mark: Heard;
  words: string;
  /** -1 = no room for its words. */
  lane: number;
  duration: number;
  onSeek: (second: number) => void;
}

function Tick({ mark, words, lane, duration, onSeek }: TickProps) {
  const { course } = useTexts().listening;
  const { at_s, earliest_s, latest_s } = mark;
  const isAbout = earliest_s !== latest_s;
  const where = isAbout ? `${course.about(clock(at_s))}, ${course.span(clock(earliest_s ?? at_s), clock(latest_s ?? at_s))}` : clock(at_s);
  const percent = percentOf(at_s, duration);
  return (
    <button
      type="button"
      className={classes.tick}
      data-kind={mark.kind}
      data-about={isAbout || undefined}
      data-lane={lane}
      data-late={percent > 85 || undefined}
      style={{ left: `${percent}%` }}
      title={`${words} ${where}`}
      aria-label={`${words} ${where}`}
      onClick={() => onSeek(at_s)}
    >
      {lane >= 0 && <span>{isAbout ? `≈ ${words}` : words}</span>}
    </button>
  );
}

/** A stretch as a bar along the top; what is only about there, as the span in which it lies. */
function Span({ mark, duration }: { mark: Mark; duration: number }) {
  const isStretch = mark.until !== null;
  const from = isStretch ? mark.at_s : mark.earliest_s;
  const to = isStretch ? mark.until_s : mark.latest_s;
  if (from === null || to === null || to - from < 0.05) return null;
  const left = percentOf(from, duration);
  return (
    <div
      className={isStretch ? classes.stretch : classes.about}
      data-kind={mark.kind}
      style={{ left: `${left}%`, width: `${percentOf(to, duration) - left}%` }}
    />
  );
}

/** About how much of the strip some words take, in percent. */
function shareOf(words: string, width: number): number {
  const letters = Array.from(words).reduce((sum, letter) => sum + (letter > "\u2e80" ? 2 : 1), 0);
  return width > 0 ? ((letters * LETTER_PX + SPARE_PX) / width) * 100 : 0;
}
