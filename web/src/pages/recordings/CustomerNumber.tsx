import { ActionIcon, Tooltip } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Eye } from "lucide-react";
import { useMay } from "@/api/session";
import { useTexts } from "@/i18n";
import { Asking } from "./Asking";
import { useRevealNumber } from "./listening";
import classes from "./recordings.module.css";

/** The masked number; whoever may see it whole says why first. It is masked again with the next recording. */
export function CustomerNumber({ id, masked }: { id: string; masked: string }) {
  const { number: texts } = useTexts().listening;
  const may = useMay("revealNumbers");
  const [opened, { open, close }] = useDisclosure();
  const reveal = useRevealNumber(id);
  return (
    <span className={classes.number}>
      {reveal.data?.number ?? masked}
      {may && reveal.data === undefined && (
        <Tooltip label={texts.reveal}>
          <ActionIcon size="sm" variant="subtle" color="gray" ml={4} aria-label={texts.reveal} onClick={open}>
            <Eye size={14} />
          </ActionIcon>
        </Tooltip>
      )}
      <Asking
        opened={opened}
        title={texts.reveal}
        text={texts.text}
        confirm={texts.confirm}
        error={reveal.error}
        isPending={reveal.isPending}
        onSay={(why) => reveal.mutate(why, { onSuccess: close })}
        onClose={close}
      />
    </span>
  );
}
