import { useEffect, useRef } from "react";
import WaveSurfer from "wavesurfer.js";
import type { Leg } from "./mixer";
import classes from "./player.module.css";

interface Props {
  media: HTMLMediaElement;
  peaks: Record<Leg, number[]>;
  /** Seconds. */
  duration: number;
  /** The colours are those of the scheme, and drawn anew with it. */
  scheme: string;
  onSeek: (second: number) => void;
}

/** Pixels; the controls beside a leg are as high. */
const LEG_HEIGHT = 48;

/** Both legs, the agent's above the customer's, drawn from the peaks that the api counted: nothing is decoded here. */
export function Waveform({ media, peaks, duration, scheme, onSeek }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const seek = useRef(onSeek);
  useEffect(() => {
    seek.current = onSeek;
  }, [onSeek]);
  useEffect(() => {
    if (!box.current) return undefined;
    const surfer = draw(box.current, media, peaks, duration);
    surfer.on("interaction", (second) => seek.current(second));
    surfer.once("ready", () => media.dispatchEvent(new Event("timeupdate"))); // shows the cursor where it is
    return () => surfer.destroy();
  }, [media, peaks, duration, scheme]);
  return <div ref={box} className={classes.wave} data-testid="waveform" />;
}

function draw(container: HTMLElement, media: HTMLMediaElement, peaks: Props["peaks"], duration: number): WaveSurfer {
  const style = getComputedStyle(container);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const leg = (name: Leg) => ({ waveColor: colour(`--wave-${name}`), progressColor: colour(`--wave-${name}-heard`) });
  return WaveSurfer.create({
    container,
    media,
    duration,
    peaks: [peaks.agent, peaks.customer],
    height: LEG_HEIGHT,
    splitChannels: [leg("agent"), leg("customer")],
    normalize: true,
    maxPeak: Math.max(0.1, ...peaks.agent, ...peaks.customer), // both legs by the same measure, so that a quiet one looks quiet
    barWidth: 2,
    barGap: 1,
    barRadius: 1,
    barMinHeight: 1,
    cursorColor: colour("--wave-cursor"),
    cursorWidth: 2,
    dragToSeek: true,
  });
}
