import { Tabs } from "@mantine/core";
import { useCallback, useEffect, useMemo, useRef, type ReactNode, type RefObject } from "react";
import { useMay } from "@/api/session";
import { useTexts } from "@/i18n";
import type { Deck } from "@/player/deck";
import { CoursePanel } from "./CoursePanel";
import { HeardPanel } from "./HeardPanel";
import { useNotes } from "./listening";
import classes from "./listening.module.css";
import { NotesPanel } from "./NotesPanel";
import { useKeys } from "./useKeys";

/** The tab in which the waveform selects. */
export const CLIP = "clip";
const NOTES = "notes";

interface Props {
  id: string;
  /** Null where there is nothing to hear. */
  deck: Deck | null;
  /** The clip that is being chosen, where one may be taken. */
  clip: ReactNode;
  facts: ReactNode;
  tab: string;
  onTab: (tab: string) => void;
}

interface Panel {
  value: string;
  label: ReactNode;
  inside: ReactNode;
}

/** Under the player: notes, the call's course, facts, who listened, a clip. The key M notes something at the playhead. */
export function Panels({ id, deck, clip, facts, tab, onTab }: Props) {
  const { tabs } = useTexts().listening;
  const maySee = useMay("seeListeners");
  const input = useRef<HTMLInputElement>(null);
  const panels: (Panel | null | false)[] = [
    deck && { value: NOTES, label: <>{tabs.notes} <Count id={id} /></>, inside: <NotesPanel id={id} deck={deck} input={input} /> },
    { value: "course", label: tabs.course, inside: <CoursePanel id={id} onSeek={deck?.seek} /> },
    { value: "facts", label: tabs.facts, inside: facts },
    maySee && { value: "heard", label: tabs.heard, inside: <HeardPanel id={id} /> },
    clip ? { value: CLIP, label: tabs.clip, inside: clip } : null,
  ];
  const there = panels.filter((panel): panel is Panel => Boolean(panel));
  const shown = there.some(({ value }) => value === tab) ? tab : "facts";
  useNoteKey(input, deck !== null, shown, onTab);
  return (
    <Tabs value={shown} onChange={(value) => onTab(value ?? shown)} className={classes.panels} keepMounted={false}>
      <Tabs.List>
        {there.map(({ value, label }) => (
          <Tabs.Tab key={value} value={value}>
            {label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <div className={classes.panel}>
        {there.map(({ value, inside }) => (
          <Tabs.Panel key={value} value={value}>
            {inside}
          </Tabs.Panel>
        ))}
      </div>
    </Tabs>
  );
}

/** M goes to the line for a note, from whatever panel is shown. */
function useNoteKey(input: RefObject<HTMLInputElement | null>, isThere: boolean, shown: string, onTab: (tab: string) => void) {
  const wanted = useRef(false);
  useEffect(() => {
    if (wanted.current) input.current?.focus();
    wanted.current = false;
  }, [input, shown]);
  const note = useCallback(() => {
    wanted.current = shown !== NOTES; // the line is there after the next drawing
    if (wanted.current) onTab(NOTES);
    else input.current?.focus();
  }, [input, shown, onTab]);
  useKeys(useMemo(() => (isThere ? { m: note } : {}), [isThere, note]));
}

function Count({ id }: { id: string }) {
  const notes = useNotes(id);
  const standing = notes.data?.filter(({ withdrawn_at }) => withdrawn_at === null).length ?? 0;
  return standing > 0 ? <span className={classes.count}>{standing}</span> : null;
}
