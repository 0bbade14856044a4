import { Button, Group, Modal, Radio, Stack, TextInput } from "@mantine/core";
import { useState, type SyntheticEvent } from "react";
import type { Schemas } from "@/api/client";
import { useTexts } from "@/i18n";
import { useStopEverything } from "@/live/emergency";
import { useFloor } from "@/live/useFloor";
import { ChoiceCard } from "@/ui/ChoiceCard";
import { ProblemNotice } from "@/ui/ProblemNotice";

/** Asks how and why before everything is stopped. */
export function StopDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { stop } = useTexts().shell;
  const { common } = useTexts();
  return (
    <Modal opened={opened} onClose={onClose} title={stop.title} size="md" closeButtonProps={{ "aria-label": common.close }}>
      <StopForm onClose={onClose} />
    </Modal>
  );
}

function StopForm({ onClose }: { onClose: () => void }) {
  const { shell, common } = useTexts();
  const { stop } = shell;
  const calls = useFloor((floor) => floor.calls.length);
  const { order } = useStopEverything();
  const [how, setHow] = useState<Schemas["How"]>("cut");
  const [reason, setReason] = useState("");
  const [isEmpty, setIsEmpty] = useState(false);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const said = reason.trim();
    setIsEmpty(said === "");
    if (said !== "") order.mutate({ reason: said, how }, { onSuccess: onClose });
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <span>{stop.text}</span>
        <TextInput
          label={stop.reason}
          description={stop.reasonHint}
          value={reason}
          error={isEmpty ? stop.reasonNeeded : undefined}
          maxLength={100}
          data-autofocus
          onChange={({ currentTarget }) => setReason(currentTarget.value)}
        />
        <Radio.Group label={stop.how} value={how} onChange={(value) => setHow(value === "drain" ? "drain" : "cut")}>
          <Stack gap="xs" mt={6}>
            <ChoiceCard value="cut" title={stop.cut} text={calls === undefined ? stop.cutTextUnknown : stop.cutText(calls)} danger />
            <ChoiceCard value="drain" title={stop.drain} text={stop.drainText} />
          </Stack>
        </Radio.Group>
        {order.error && <ProblemNotice error={order.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {common.cancel}
          </Button>
          <Button type="submit" color="red" loading={order.isPending}>
            {stop.confirm}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
