/** The pages one can go to: where they are, who may, and the key that follows `g`. */
import { AudioLines, ClipboardCheck, Megaphone, Radio, ShieldAlert, type LucideIcon } from "lucide-react";
import type { Right } from "@/api/roles";

export interface Place {
  name: "floor" | "campaigns" | "recordings" | "completeness" | "incidents";
  path: string;
  right: Right;
  key: string;
  icon: LucideIcon;
}

export const PLACES: readonly Place[] = [
  { name: "floor", path: "/floor", right: "watchFloor", key: "f", icon: Radio },
  { name: "campaigns", path: "/campaigns", right: "readCampaigns", key: "c", icon: Megaphone },
  { name: "recordings", path: "/recordings", right: "hearRecordings", key: "r", icon: AudioLines },
  { name: "completeness", path: "/completeness", right: "readCompleteness", key: "k", icon: ClipboardCheck },
  { name: "incidents", path: "/incidents", right: "readIncidents", key: "i", icon: ShieldAlert },
];
