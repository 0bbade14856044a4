import { CircleAlert, CircleCheck, CircleSlash, MicOff, Wrench } from "lucide-react";
import type { ReactNode } from "react";
import { useTexts, type Texts } from "@/i18n";
import type { Recording } from "./data";
import classes from "./recordings.module.css";

type Tone = "good" | "odd" | "none" | "alarm";

interface Sign {
  tone: Tone;
  icon: ReactNode;
  words: string;
}

/** What became of the recording: a sign and its words, never colour alone. */
export function StatusSign({ recording }: { recording: Recording }) {
  const { tone, icon, words } = signOf(recording, useTexts().recordings);
  return (
    <span className={classes.sign} data-tone={tone}>
      {icon}
      {words}
    </span>
  );
}

function signOf({ status, reason, repaired }: Recording, texts: Texts["recordings"]): Sign {
  if (status !== "present") {
    const words = texts.absent(absenceOf(reason, texts));
    const missing = reason === "recorder_failed"; // an answered call without its recording
    return missing ? { tone: "alarm", icon: <CircleAlert size={14} />, words } : { tone: "none", icon: <CircleSlash size={14} />, words };
  }
  if (reason !== null) return { tone: "odd", icon: <MicOff size={14} />, words: texts.oddities[reason] ?? reason };
  if (repaired) return { tone: "good", icon: <Wrench size={14} />, words: texts.repaired };
  return { tone: "good", icon: <CircleCheck size={14} />, words: texts.sealed };
}

/** The words for why there is no recording; a code without words is shown as it is. */
export function absenceOf(reason: string | null, texts: Texts["recordings"]): string {
  return texts.absences[reason ?? "unknown"] ?? reason ?? "";
}
