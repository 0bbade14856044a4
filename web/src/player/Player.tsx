import { ActionIcon, Group, SegmentedControl, Slider, Switch, Text, Tooltip } from "@mantine/core";
import { FastForward, Pause, Play, Rewind, SkipBack, SkipForward, Volume2, VolumeX } from "lucide-react";
import type { ReactNode } from "react";
import { useTexts } from "@/i18n";
import { clock } from "./clock";
import { LEGS, type Leg, type LegSetting } from "./mixer";
import classes from "./player.module.css";
import type { Deck, Playback } from "./deck";

/** Seconds that one press of the keys J and L goes. */
export const STEP_S = 5;

const SPEEDS = [0.75, 1, 1.25, 1.5, 1.75, 2];

interface Props {
  deck: Deck;
  playback: Playback;
  /** Seconds. */
  duration: number;
  names: Record<Leg, string>;
  /** What stands beside the legs: the waveform and what lies on it. */
  wave: ReactNode;
  /** What happened, under it. */
  course: ReactNode;
  onPrevious: (() => void) | undefined;
  onNext: (() => void) | undefined;
}

/** The two legs with their volumes, and what moves the playback. */
export function Player({ deck, playback, duration, names, wave, course, onPrevious, onNext }: Props) {
  return (
    <div className={classes.player}>
      <div className={classes.legs}>
        {LEGS.map((leg) => (
          <LegControl
            key={leg}
            leg={leg}
            name={names[leg]}
            setting={playback.mix[leg]}
            onChange={(setting) => deck.setMix({ ...playback.mix, [leg]: setting })}
          />
        ))}
      </div>
      <div className={classes.stage}>{wave}</div>
      {course}
      <Transport deck={deck} playback={playback} duration={duration} onPrevious={onPrevious} onNext={onNext} />
    </div>
  );
}

interface LegProps {
  leg: Leg;
  name: string;
  setting: LegSetting;
  onChange: (setting: LegSetting) => void;
}

function LegControl({ leg, name, setting, onChange }: LegProps) {
  const texts = useTexts().recordings.player;
  const mute = texts.mute(name);
  return (
    <div className={classes.leg} data-leg={leg}>
      <Tooltip label={mute}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={mute}
          aria-pressed={setting.muted}
          onClick={() => onChange({ ...setting, muted: !setting.muted })}
        >
          {setting.muted ? <VolumeX size={16} /> : <Volume2 size={16} />}
        </ActionIcon>
      </Tooltip>
      <Text size="xs" fw={600} truncate className={classes.legName}>
        {name}
      </Text>
      <Slider
        className={classes.volume}
        size="xs"
        min={0}
        max={100}
        value={Math.round(setting.volume * 100)}
        onChange={(value) => onChange({ volume: value / 100, muted: false })}
        label={(value) => `${value} %`}
        thumbLabel={texts.volume(name)}
        color={leg === "agent" ? "agent" : "customer"}
      />
    </div>
  );
}

function Transport({ deck, playback, duration, onPrevious, onNext }: Omit<Props, "names" | "wave" | "course">) {
  const texts = useTexts().recordings.player;
  return (
    <Group className={classes.transport} gap="sm">
      <Group gap={4}>
        <Key label={texts.previous} hint="P" onClick={onPrevious}>
          <SkipBack size={18} />
        </Key>
        <Key label={texts.back} hint="J" onClick={() => deck.skip(-STEP_S)}>
          <Rewind size={18} />
        </Key>
        <Tooltip label={`${playback.playing ? texts.pause : texts.play} (K)`}>
          <ActionIcon
            size="xl"
            radius="xl"
            variant="filled"
            aria-label={playback.playing ? texts.pause : texts.play}
            onClick={deck.toggle}
          >
            {playback.playing ? <Pause size={22} /> : <Play size={22} />}
          </ActionIcon>
        </Tooltip>
        <Key label={texts.forward} hint="L" onClick={() => deck.skip(STEP_S)}>
          <FastForward size={18} />
        </Key>
        <Key label={texts.next} hint="N" onClick={onNext}>
          <SkipForward size={18} />
        </Key>
      </Group>
      <Text className={classes.clock} component="div" role="timer" aria-label={texts.position}>
        {clock(playback.position)} <span>/ {clock(duration)}</span>
      </Text>
      <SegmentedControl
        size="xs"
        aria-label={texts.speed}
        value={String(playback.speed)}
        onChange={(speed) => deck.setSpeed(Number(speed))}
        data={SPEEDS.map((speed) => ({ value: String(speed), label: `${speed}×` }))}
      />
      <Switch
        size="sm"
        label={texts.apart}
        checked={playback.mix.apart}
        onChange={(event) => deck.setMix({ ...playback.mix, apart: event.currentTarget.checked })}
      />
    </Group>
  );
}

interface KeyProps {
  label: string;
  hint: string;
  onClick: (() => void) | undefined;
  children: ReactNode;
}

function Key({ label, hint, onClick, children }: KeyProps) {
  return (
    <Tooltip label={`${label} (${hint})`}>
      <ActionIcon size="lg" variant="subtle" color="gray" aria-label={label} disabled={!onClick} onClick={onClick}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}
