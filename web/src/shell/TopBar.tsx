import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { Keyboard } from "lucide-react";
import { useMay } from "@/api/session";
import { TAGS, useLanguage } from "@/i18n";
import { useNow } from "@/live/clock";
import { useTimes } from "@/ui/useTimes";
import { LampsChip } from "./LampsChip";
import { PersonMenu } from "./PersonMenu";
import { SchemeSwitch } from "./SchemeSwitch";
import { StopButton } from "./StopButton";
import classes from "./TopBar.module.css";

/** The centre's clock and state on one side, what concerns the person on the other. */
export function TopBar({ onKeys }: { onKeys: () => void }) {
  const { texts } = useLanguage();
  const watches = useMay("watchFloor");
  const stops = useMay("stopEverything");
  return (
    <section className={classes.bar} aria-label={texts.shell.bar}>
      <Clock />
      {watches && <LampsChip />}
      <div className={classes.tools}>
        {stops && <StopButton />}
        <LanguageSwitch />
        <SchemeSwitch />
        <Tooltip label={texts.shell.keys}>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={texts.shell.keys} onClick={onKeys}>
            <Keyboard size={18} />
          </ActionIcon>
        </Tooltip>
        <PersonMenu />
      </div>
    </section>
  );
}

function Clock() {
  const { texts } = useLanguage();
  const times = useTimes();
  const now = useNow();
  return (
    <div className={classes.clock} role="timer" aria-label={texts.shell.clock} title={texts.shell.clock}>
      <span className={classes.time}>{times.clock(now)}</span>
      <span className={classes.day}>{times.day(now)}</span>
    </div>
  );
}

/** Each language calls the other by its own name. */
export function LanguageSwitch() {
  const { language, texts, speak } = useLanguage();
  const other = language === "zh" ? "en" : "zh";
  return (
    <Button variant="subtle" color="gray" size="compact-sm" fw={500} lang={TAGS[other]} onClick={() => speak(other)}>
      {texts.shell.otherLanguage}
    </Button>
  );
}
