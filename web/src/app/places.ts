/** The pages one can go to: where they are, who may, and the key that follows `g`. */
import { AudioLines, ClipboardCheck, FileUp, Hash, Megaphone, Radio, ShieldAlert, type LucideIcon } from "lucide-react";
import type { Right } from "@/api/roles";

export interface Place {
  name: "floor" | "campaigns" | "numbers" | "imports" | "recordings" | "completeness" | "incidents";
  path: string;
  right: Right;
  key: string;
  icon: LucideIcon;
}

export const PLACES: readonly Place[] = [
  { name: "floor", path: "/floor", right: "watchFloor", key: "f", icon: Radio },
  { name: "campaigns", path: "/campaigns", right: "readCampaigns", key: "c", icon: Megaphone },
  { name: "numbers", path: "/numbers", right: "issueNumbers", key: "n", icon: Hash },
  { name: "imports", path: "/numbers/imports", right: "importNumbers", key: "u", icon: FileUp },
  { name: "recordings", path: "/recordings", right: "hearRecordings", key: "r", icon: AudioLines },
  { name: "completeness", path: "/completeness", right: "readCompleteness", key: "k", icon: ClipboardCheck },
  { name: "incidents", path: "/incidents", right: "readIncidents", key: "i", icon: ShieldAlert },
];
