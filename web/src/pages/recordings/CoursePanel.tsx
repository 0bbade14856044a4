import { useMe } from "@/api/session";
import type { Schemas } from "@/api/client";
import { moment } from "@/days";
import { useTexts } from "@/i18n";
import { clock } from "@/player/clock";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useTimeline } from "./listening";
import classes from "./listening.module.css";

type Mark = Schemas["Mark"];

/** What happened to the call, in order of time, each with its second where it can be heard. */
export function CoursePanel({ id, onSeek }: { id: string; onSeek: ((second: number) => void) | undefined }) {
  const { course: texts } = useTexts().listening;
  const timeline = useTimeline(id);
  if (timeline.isError) return <ProblemNotice error={timeline.error} />;
  if (!timeline.data) return null;
  const { marks, missing_s, begins_at } = timeline.data;
  return (
    <>
      {missing_s > 0 && <p className={classes.none}>{texts.missing(missing_s.toFixed(1))}</p>}
      <ul className={classes.rows} aria-label={texts.title}>
        {marks.map((mark) => (
          <Row key={`${mark.kind} ${mark.at}`} mark={mark} beginsAt={begins_at} onSeek={onSeek} />
        ))}
      </ul>
    </>
  );
}

interface RowProps {
  mark: Mark;
  beginsAt: string | null;
  onSeek: ((second: number) => void) | undefined;
}

function Row({ mark, beginsAt, onSeek }: RowProps) {
  const { course: texts } = useTexts().listening;
  const { zone } = useMe();
  const lasted = mark.until === null ? "" : texts.lasted(clock((Date.parse(mark.until) - Date.parse(mark.at)) / 1000));
  return (
    <li className={classes.row}>
      <Where mark={mark} beginsAt={beginsAt} onSeek={onSeek} />
      <span className={classes.text}>
        {texts.kinds[mark.kind] ?? mark.kind}
        {mark.kind === "pause" && mark.detail !== null && <small> {texts.pauses[mark.detail] ?? mark.detail}</small>}
      </span>
      <span className={classes.dim}>{isAbout(mark) && texts.span(clock(mark.earliest_s ?? 0), clock(mark.latest_s ?? 0))}</span>
      <span className={classes.dim}>{lasted}</span>
      <span className={classes.dim}>{moment(mark.at, zone)}</span>
    </li>
  );
}

/** Its second, which can be gone to; or that it is not in the audio. */
function Where({ mark, beginsAt, onSeek }: RowProps) {
  const { course: texts } = useTexts().listening;
  const { at_s } = mark;
  const isBefore = beginsAt !== null && Date.parse(mark.at) < Date.parse(beginsAt);
  if (at_s !== null && onSeek !== undefined && !isBefore) {
    return (
      <button type="button" className={classes.seek} onClick={() => onSeek(at_s)}>
        {isAbout(mark) ? texts.about(clock(at_s)) : clock(at_s)}
      </button>
    );
  }
  if (beginsAt === null) return null;
  return <span className={classes.dim}>{isBefore ? texts.before : texts.after}</span>;
}

function isAbout({ earliest_s, latest_s }: Mark): boolean {
  return earliest_s !== latest_s;
}
