/** How the lamps look together. Pure. */
import type { Lamp } from "@/live/changes";

export type LampState = Lamp["state"];

const BY_WEIGHT: readonly LampState[] = ["down", "warning", "unknown", "ok"];

/** The worst of the lamps; nothing known is unknown. */
export function worst(lamps: readonly Lamp[]): LampState {
  return BY_WEIGHT.find((state) => lamps.some((lamp) => lamp.state === state)) ?? "unknown";
}
