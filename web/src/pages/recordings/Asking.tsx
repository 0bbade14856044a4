import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useState, type SyntheticEvent } from "react";
import { useTexts } from "@/i18n";
import { ProblemNotice } from "@/ui/ProblemNotice";

interface Props {
  opened: boolean;
  title: string;
  text: string;
  confirm: string;
  error: Error | null;
  isPending: boolean;
  onSay: (why: string) => void;
  onClose: () => void;
}

/** Asks why, before something is shown or taken away that the ledger keeps. */
export function Asking({ opened, title, onClose, ...others }: Props) {
  const { common } = useTexts();
  return (
    <Modal opened={opened} onClose={onClose} title={title} closeButtonProps={{ "aria-label": common.close }}>
      <Form onClose={onClose} {...others} />
    </Modal>
  );
}

function Form({ text, confirm, error, isPending, onSay, onClose }: Omit<Props, "opened" | "title">) {
  const { common, listening } = useTexts();
  const [why, setWhy] = useState("");
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (why.trim() !== "") onSay(why.trim());
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <span>{text}</span>
        <TextInput
          label={listening.clip.why}
          placeholder={listening.why.ownHint}
          maxLength={100}
          value={why}
          data-autofocus
          onChange={({ currentTarget }) => setWhy(currentTarget.value)}
        />
        {error && <ProblemNotice error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {common.cancel}
          </Button>
          <Button type="submit" disabled={why.trim() === ""} loading={isPending}>
            {confirm}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
