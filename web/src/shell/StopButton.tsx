import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { OctagonX } from "lucide-react";
import { useTexts } from "@/i18n";
import { useEmergencyStop } from "@/live/emergency";
import { StopDialog } from "./StopDialog";
import classes from "./TopBar.module.css";

/** Stops everything, after a question; gone while it is stopped. */
export function StopButton() {
  const { stop } = useTexts().shell;
  const standing = useEmergencyStop();
  const [opened, { open, close }] = useDisclosure();
  return (
    <>
      <Button
        className={classes.stop}
        color="red"
        variant="outline"
        size="compact-sm"
        leftSection={<OctagonX size={16} aria-hidden />}
        disabled={standing?.active ?? false}
        onClick={open}
      >
        {stop.button}
      </Button>
      <StopDialog opened={opened} onClose={close} />
    </>
  );
}
