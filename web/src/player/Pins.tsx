import { clock } from "./clock";
import { percentOf } from "./places";
import classes from "./player.module.css";

/** Something that somebody put on a second, or a stretch, of the recording. */
export interface Pin {
  id: string;
  kind: string;
  at_s: number;
  until_s: number | null;
  /** Read aloud, and shown by the pointer. */
  label: string;
}

interface Props {
  pins: readonly Pin[];
  /** Seconds. */
  duration: number;
  onSeek: (second: number) => void;
}

/** Notes on the waveform, each a flag at its second: a click goes there. */
export function Pins({ pins, duration, onSeek }: Props) {
  return pins.map((pin) => {
    const left = percentOf(pin.at_s, duration);
    return (
      <div key={pin.id}>
        {pin.until_s !== null && (
          <div
            className={classes.noted}
            data-kind={pin.kind}
            style={{ left: `${left}%`, width: `${percentOf(pin.until_s, duration) - left}%` }}
          />
        )}
        <button
          type="button"
          className={classes.pin}
          data-kind={pin.kind}
          style={{ left: `${left}%` }}
          title={pin.label}
          aria-label={pin.label}
          data-second={clock(pin.at_s)}
          onClick={() => onSeek(pin.at_s)}
        />
      </div>
    );
  });
}
