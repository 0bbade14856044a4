import { Button, Popover, Radio, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Ear } from "lucide-react";
import { useState, type SyntheticEvent } from "react";
import { useTexts } from "@/i18n";

/** Stands for the person's own words among the choices, and for none at all. */
const OWN = "own_words";
const ORDINARY = "";

interface Props {
  /** A code, or the person's own words; null = the role's ordinary reason. */
  why: string | null;
  onChange: (why: string | null) => void;
}

/** Why this person listens: said once, shown all the time, changed whenever it changes; nobody is asked again and again. */
export function WhyChoice({ why, onChange }: Props) {
  const { why: texts } = useTexts().listening;
  const [opened, { toggle, close }] = useDisclosure();
  const choose = (chosen: string | null) => {
    onChange(chosen);
    close();
  };
  return (
    <Popover opened={opened} onDismiss={close} position="top-end" shadow="md" width={280} trapFocus returnFocus>
      <Popover.Target>
        <Button size="compact-sm" variant="subtle" color="gray" leftSection={<Ear size={14} />} onClick={toggle} aria-haspopup="dialog">
          {`${texts.label}: ${why === null ? texts.ordinary : (texts.words[why] ?? why)}`}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={texts.label}>{opened && <Choices why={why} onChoose={choose} />}</Popover.Dropdown>
    </Popover>
  );
}

function Choices({ why, onChoose }: { why: string | null; onChoose: (why: string | null) => void }) {
  const { why: texts } = useTexts().listening;
  const isOwn = why !== null && !(why in texts.words);
  const [chosen, setChosen] = useState(isOwn ? OWN : (why ?? ORDINARY));
  const [words, setWords] = useState(isOwn ? why : "");
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (chosen !== OWN) onChoose(chosen === ORDINARY ? null : chosen);
    else if (words.trim() !== "") onChoose(words.trim());
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        <Text size="xs" c="dimmed">
          {texts.hint}
        </Text>
        <Radio.Group value={chosen} onChange={setChosen} aria-label={texts.label}>
          <Stack gap={6}>
            <Radio size="xs" value={ORDINARY} label={texts.ordinary} />
            {Object.entries(texts.words).map(([code, name]) => (
              <Radio size="xs" key={code} value={code} label={name} />
            ))}
            <Radio size="xs" value={OWN} label={texts.own} />
          </Stack>
        </Radio.Group>
        {chosen === OWN && (
          <TextInput
            size="xs"
            aria-label={texts.own}
            placeholder={texts.ownHint}
            maxLength={100}
            value={words}
            onChange={({ currentTarget }) => setWords(currentTarget.value)}
          />
        )}
        <Button type="submit" size="compact-sm" disabled={chosen === OWN && words.trim() === ""}>
          {texts.keep}
        </Button>
      </Stack>
    </form>
  );
}
