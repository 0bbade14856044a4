import { CircleAlert, CircleCheck, CircleHelp, CircleX, type LucideIcon } from "lucide-react";
import type { Lamp } from "@/live/changes";

const SIGNS: Record<Lamp["state"], { icon: LucideIcon; color: string }> = {
  ok: { icon: CircleCheck, color: "var(--tz-good)" },
  warning: { icon: CircleAlert, color: "var(--tz-warn)" },
  down: { icon: CircleX, color: "var(--tz-bad)" },
  unknown: { icon: CircleHelp, color: "var(--tz-muted)" },
};

/** A lamp: shape and colour both say how it is. */
export function LampSign({ state, size = 16 }: { state: Lamp["state"]; size?: number }) {
  const { icon: Icon, color } = SIGNS[state];
  return <Icon size={size} color={color} aria-hidden style={{ flex: "none" }} />;
}
