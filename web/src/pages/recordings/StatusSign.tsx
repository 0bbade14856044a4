import { CircleAlert, CircleCheck, CircleSlash, MicOff, ShieldAlert, TriangleAlert, Wrench } from "lucide-react";
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
  const texts = useTexts();
  const troubles = troublesOf(recording, texts);
  const { tone, icon, words } = signOf(recording, troubles, texts.recordings);
  return (
    <span className={classes.sign} data-tone={tone} title={troubles.map((trouble) => trouble.words).join("\n") || undefined}>
      {icon}
      {words}
      {troubles.length > 1 && <small>{texts.search.others(troubles.length)}</small>}
    </span>
  );
}

const ICONS: Record<string, ReactNode> = {
  no_media: <MicOff size={14} />,
  customer_leg_missing: <MicOff size={14} />,
  agent_leg_missing: <MicOff size={14} />,
  repaired: <Wrench size={14} />,
};

/** What somebody should look at: open incidents first, then what the row itself shows. */
function troublesOf({ incidents, problems }: Recording, { incidents: told, search }: Texts): Sign[] {
  const titles: Record<string, { title: string } | undefined> = told.kinds;
  const open = incidents.map((kind): Sign => ({ tone: "alarm", icon: <ShieldAlert size={14} />, words: titles[kind]?.title ?? kind }));
  const odd = problems.map((kind): Sign => ({
    tone: kind === "recorder_failed" ? "alarm" : "odd",
    icon: ICONS[kind] ?? <TriangleAlert size={14} />,
    words: search.problems[kind] ?? kind,
  }));
  return [...open, ...odd];
}

function signOf({ status, reason }: Recording, [gravest]: Sign[], texts: Texts["recordings"]): Sign {
  if (status !== "present") {
    const words = texts.absent(absenceOf(reason, texts));
    const missing = reason === "recorder_failed"; // an answered call without its recording
    return missing ? { tone: "alarm", icon: <CircleAlert size={14} />, words } : { tone: "none", icon: <CircleSlash size={14} />, words };
  }
  return gravest ?? { tone: "good", icon: <CircleCheck size={14} />, words: texts.sealed };
}

/** The words for why there is no recording; a code without words is shown as it is. */
export function absenceOf(reason: string | null, texts: Texts["recordings"]): string {
  return texts.absences[reason ?? "unknown"] ?? reason ?? "";
}
