import { ActionIcon, Button, Group, SegmentedControl, TextInput, Tooltip } from "@mantine/core";
import { Flag, Undo2 } from "lucide-react";
import { useRef, useState, type RefObject, type SyntheticEvent } from "react";
import { useMay, useMe } from "@/api/session";
import { moment } from "@/days";
import { useTexts } from "@/i18n";
import { clock } from "@/player/clock";
import type { Deck } from "@/player/deck";
import { tenth } from "@/player/places";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useAddNote, useNotes, useWithdrawNote, type Note } from "./listening";
import classes from "./listening.module.css";

const KINDS = ["note", "praise", "issue"] as const;

interface Props {
  id: string;
  deck: Deck;
  /** Focused by the key M. */
  input: RefObject<HTMLInputElement | null>;
}

/** What was noted, and the line to note something at the playhead. */
export function NotesPanel({ id, deck, input }: Props) {
  const { notes: texts } = useTexts().listening;
  const notes = useNotes(id);
  return (
    <div className={classes.notes}>
      <Composer id={id} deck={deck} input={input} />
      {notes.isError && <ProblemNotice error={notes.error} />}
      {notes.data?.length === 0 && <p className={classes.none}>{texts.none}</p>}
      <ul className={classes.rows} aria-label={texts.text}>
        {notes.data?.map((note) => (
          <Row key={note.id} note={note} onSeek={deck.seek} />
        ))}
      </ul>
    </div>
  );
}

function Composer({ id, deck, input }: Props) {
  const { notes: texts } = useTexts().listening;
  const add = useAddNote(id);
  const [at, setAt] = useState<number>();
  const [text, setText] = useState("");
  const [kind, setKind] = useState<string>("note");
  const form = useRef<HTMLFormElement>(null);
  const clear = () => {
    setText("");
    setAt(undefined);
    input.current?.blur();
  };
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const said = text.trim();
    const at_s = at ?? tenth(deck.playback().position);
    add.mutate({ at_s, kind: said === "" ? "marker" : (kind as Note["kind"]), text: said }, { onSuccess: clear });
  };
  return (
    <form ref={form} onSubmit={submit} className={classes.composer}>
      <span className={classes.at}>{texts.at(clock(at ?? tenth(deck.playback().position)))}</span>
      <TextInput
        ref={input}
        size="xs"
        className={classes.words}
        aria-label={texts.text}
        placeholder={texts.placeholder}
        maxLength={2000}
        value={text}
        onFocus={() => setAt((known) => known ?? tenth(deck.playback().position))}
        onBlur={() => text === "" && setAt(undefined)}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
        onKeyDown={({ key }) => key === "Escape" && clear()}
      />
      <SegmentedControl
        size="xs"
        aria-label={texts.kind}
        value={kind}
        onChange={setKind}
        data={KINDS.map((value) => ({ value, label: texts.kinds[value] }))}
      />
      <Button
        type="submit"
        size="xs"
        variant="light"
        leftSection={<Flag size={14} />}
        loading={add.isPending}
        onMouseDown={(event) => event.preventDefault()} // the line keeps its second
      >
        {texts.add}
      </Button>
      {add.isError && <ProblemNotice error={add.error} />}
    </form>
  );
}

function Row({ note, onSeek }: { note: Note; onSeek: (second: number) => void }) {
  const { notes: texts } = useTexts().listening;
  const { zone } = useMe();
  const span = note.until_s === null ? clock(note.at_s) : `${clock(note.at_s)} – ${clock(note.until_s)}`;
  const isGone = note.withdrawn_at !== null;
  return (
    <li className={classes.row} data-gone={isGone || undefined}>
      <button type="button" className={classes.seek} onClick={() => onSeek(note.at_s)}>
        {span}
      </button>
      <span className={classes.kind} data-kind={note.kind}>
        {texts.kinds[note.kind]}
      </span>
      <span className={classes.text}>{note.text}</span>
      <span className={classes.dim}>
        {note.withdrawn_at === null
          ? texts.by(note.name ?? texts.nobody, moment(note.created_at, zone))
          : texts.withdrawn(note.withdrawn_by_name ?? texts.nobody, moment(note.withdrawn_at, zone))}
      </span>
      {!isGone && <Withdraw note={note} />}
    </li>
  );
}

function Withdraw({ note }: { note: Note }) {
  const { notes: texts } = useTexts().listening;
  const withdraw = useWithdrawNote(note.call_id);
  const isMine = useMe().id === note.user_id;
  const mayAny = useMay("withdrawNotes");
  if (!isMine && !mayAny) return null;
  return (
    <Group gap={4}>
      {withdraw.isError && <ProblemNotice error={withdraw.error} />}
      <Tooltip label={texts.withdraw}>
        <ActionIcon
          size="sm"
          variant="subtle"
          color="gray"
          aria-label={texts.withdraw}
          loading={withdraw.isPending}
          onClick={() => withdraw.mutate(note.id)}
        >
          <Undo2 size={14} />
        </ActionIcon>
      </Tooltip>
    </Group>
  );
}
