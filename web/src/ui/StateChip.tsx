import { CircleDashed, CircleDot, CirclePause, CircleStop, Hourglass, type LucideIcon } from "lucide-react";
import type { Schemas } from "@/api/client";
import { useTexts } from "@/i18n";
import classes from "./StateChip.module.css";

type State = Schemas["Campaign"]["state"];

const ICONS: Record<State, LucideIcon> = {
  draft: CircleDashed,
  running: CircleDot,
  paused: CirclePause,
  draining: Hourglass,
  stopped: CircleStop,
};

/** A campaign's state: icon, colour and word. */
export function StateChip({ state }: { state: State }) {
  const Icon = ICONS[state];
  return (
    <span className={classes.chip} data-campaign={state}>
      <Icon size={14} aria-hidden />
      {useTexts().campaigns.states[state]}
    </span>
  );
}
