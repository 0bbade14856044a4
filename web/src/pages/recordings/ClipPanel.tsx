import { Button, CloseButton, SegmentedControl, TextInput } from "@mantine/core";
import { Scissors } from "lucide-react";
import type { SyntheticEvent } from "react";
import { useTexts } from "@/i18n";
import { clock } from "@/player/clock";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { orderOf, partOf, type Draft } from "./clip";
import { useTakeClip } from "./listening";
import classes from "./listening.module.css";

interface Props {
  id: string;
  /** Seconds. */
  duration: number;
  draft: Draft;
  onDraft: (draft: Draft) => void;
}

/** A stretch to take away as a file: chosen on the waveform or typed, with what is beeped over, and why. */
export function ClipPanel({ id, duration, draft, onDraft }: Props) {
  const { clip: texts } = useTexts().listening;
  const take = useTakeClip(id);
  const order = orderOf(draft, duration);
  const set = (changed: Partial<Draft>) => onDraft({ ...draft, ...changed });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (order) take.mutate(order);
  };
  const wrong = partOf(draft, duration) === null;
  return (
    <form onSubmit={submit} className={classes.clip}>
      <div className={classes.composer}>
        <SegmentedControl
          size="xs"
          aria-label={texts.making}
          value={draft.making}
          onChange={(making) => set({ making: making === "redaction" ? "redaction" : "part" })}
          data={[
            { value: "part", label: texts.part },
            { value: "redaction", label: texts.redaction },
          ]}
        />
        <Second label={texts.from} value={draft.from} isWrong={wrong} onChange={(from) => set({ from })} />
        <Second label={texts.to} value={draft.to} isWrong={wrong} onChange={(to) => set({ to })} />
        <TextInput
          size="xs"
          className={classes.words}
          aria-label={texts.why}
          placeholder={texts.whyHint}
          maxLength={100}
          value={draft.why}
          onChange={({ currentTarget }) => set({ why: currentTarget.value })}
        />
        <SegmentedControl
          size="xs"
          aria-label={texts.form}
          value={draft.form}
          onChange={(form) => set({ form })}
          data={["wav", "flac"]}
        />
        <Button type="submit" size="xs" leftSection={<Scissors size={14} />} disabled={!order} loading={take.isPending}>
          {texts.take}
        </Button>
      </div>
      <p className={classes.none} role="status">
        {wrong ? texts.wrong : take.isSuccess ? texts.taken : texts.hint}
      </p>
      {take.isError && <ProblemNotice error={take.error} />}
      <ul className={classes.chips} aria-label={texts.redaction}>
        {draft.redactions.map((stretch, n) => (
          <li key={`${stretch.from} ${stretch.to} ${n}`}>
            {`${clock(stretch.from)} – ${clock(stretch.to)}`}
            <CloseButton
              size="xs"
              aria-label={texts.remove(clock(stretch.from))}
              onClick={() => set({ redactions: draft.redactions.filter((other) => other !== stretch) })}
            />
          </li>
        ))}
      </ul>
    </form>
  );
}

interface SecondProps {
  label: string;
  value: string;
  isWrong: boolean;
  onChange: (value: string) => void;
}

function Second({ label, value, isWrong, onChange }: SecondProps) {
  return (
    <label className={classes.second}>
      {label}
      <TextInput
        size="xs"
        w={76}
        aria-label={label}
        error={isWrong}
        value={value}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
      />
    </label>
  );
}
