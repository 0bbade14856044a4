import { useRef, useState, type PointerEvent } from "react";
import { percentOf, secondUnder, stretchOf, type Stretch } from "./places";
import classes from "./player.module.css";

export interface Selected extends Stretch {
  /** `part` is taken, `redaction` is beeped over. */
  kind: "part" | "redaction";
}

interface Props {
  /** Seconds. */
  duration: number;
  selected: readonly Selected[];
  /** What a drag makes. */
  making: Selected["kind"];
  onSelect: (stretch: Stretch) => void;
  onSeek: (second: number) => void;
}

/** Over the waveform while a clip is chosen: a drag selects a stretch, a click goes to the second as ever. */
export function Selecting({ duration, selected, making, onSelect, onSeek }: Props) {
  const begun = useRef<number>(undefined);
  const [drag, setDrag] = useState<Stretch | null>(null);
  const under = (event: PointerEvent<HTMLDivElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    return secondUnder(event.clientX - left, width, duration);
  };
  const start = (event: PointerEvent<HTMLDivElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    begun.current = under(event);
  };
  const move = (event: PointerEvent<HTMLDivElement>) => {
    if (begun.current !== undefined) setDrag(stretchOf(begun.current, under(event)));
  };
  const end = (event: PointerEvent<HTMLDivElement>) => {
    if (begun.current === undefined) return;
    const stretch = stretchOf(begun.current, under(event));
    if (stretch) onSelect(stretch);
    else onSeek(begun.current);
    begun.current = undefined;
    setDrag(null);
  };
  const shown: Selected[] = drag ? [...selected, { ...drag, kind: making }] : [...selected];
  return (
    <div
      className={classes.selecting}
      data-testid="selecting"
      onPointerDown={start}
      onPointerMove={move}
      onPointerUp={end}
      onPointerCancel={() => setDrag(null)}
    >
      {shown.map(({ kind, from, to }, n) => (
        <div
          key={`${kind} ${from} ${to} ${n}`}
          className={classes.selected}
          data-kind={kind}
          style={{ left: `${percentOf(from, duration)}%`, width: `${percentOf(to, duration) - percentOf(from, duration)}%` }}
        />
      ))}
    </div>
  );
}
