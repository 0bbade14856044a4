import { Button, Group, Modal, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { OctagonX } from "lucide-react";
import { useMay } from "@/api/session";
import { useTexts } from "@/i18n";
import { useEmergencyStop, useStopEverything } from "@/live/emergency";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useTimes } from "@/ui/useTimes";
import classes from "./EmergencyBanner.module.css";

/** Everybody sees that everything is stopped, why, by whom; some can lift it. */
export function EmergencyBanner() {
  const { stop } = useTexts().shell;
  const times = useTimes();
  const standing = useEmergencyStop();
  const lifts = useMay("liftStop");
  const [opened, { open, close }] = useDisclosure();
  const said = standing?.active ? standing : undefined;
  return (
    <div role="alert">
      {said && (
        <div className={classes.banner}>
          <OctagonX size={22} aria-hidden />
          <div>
            <div className={classes.title}>{stop.active}</div>
            <div className={classes.why}>
              {said.reason} — {stop.by(said.by ?? "", said.at == null ? "" : times.moment(said.at))}
            </div>
          </div>
          {lifts && (
            <Button className={classes.lift} variant="white" color="red" onClick={open}>
              {stop.lift}
            </Button>
          )}
        </div>
      )}
      <LiftDialog opened={opened} onClose={close} />
    </div>
  );
}

function LiftDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { shell, common } = useTexts();
  const { lift } = useStopEverything();
  return (
    <Modal opened={opened} onClose={onClose} title={shell.stop.liftTitle} closeButtonProps={{ "aria-label": common.close }}>
      <Stack>
        <span>{shell.stop.liftText}</span>
        {lift.error && <ProblemNotice error={lift.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {common.cancel}
          </Button>
          <Button loading={lift.isPending} onClick={() => lift.mutate(undefined, { onSuccess: onClose })}>
            {shell.stop.liftConfirm}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
