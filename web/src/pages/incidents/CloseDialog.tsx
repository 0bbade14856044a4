import { Button, Group, Modal, Stack, Textarea } from "@mantine/core";
import { useState } from "react";
import { useTexts } from "@/i18n";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { type Incident, useClose } from "./data";

interface Props {
  incident: Incident | null;
  opened: boolean;
  onClose: () => void;
}

/** Asks what was found and done; without it nothing is closed. */
export function CloseDialog({ incident, opened, onClose }: Props) {
  const { incidents: texts, common } = useTexts();
  return (
    <Modal opened={opened && incident !== null} onClose={onClose} title={texts.closeTitle} closeButtonProps={{ "aria-label": common.close }}>
      {incident && <CloseForm key={incident.id} incident={incident} onClose={onClose} />}
    </Modal>
  );
}

function CloseForm({ incident, onClose }: { incident: Incident; onClose: () => void }) {
  const { incidents: texts, common } = useTexts();
  const [resolution, setResolution] = useState("");
  const close = useClose();
  const submit = (event: React.SyntheticEvent) => {
    event.preventDefault();
    close.mutate({ id: incident.id, resolution }, { onSuccess: onClose });
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <strong>{texts.kinds[incident.kind].title}</strong>
        <Textarea
          label={texts.resolution}
          description={texts.closeHint}
          autosize
          minRows={3}
          maxLength={2000}
          required
          data-autofocus
          value={resolution}
          onChange={({ currentTarget: { value } }) => setResolution(value)}
        />
        {close.error && <ProblemNotice error={close.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {common.cancel}
          </Button>
          <Button type="submit" loading={close.isPending} disabled={resolution.trim() === ""}>
            {texts.close}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
