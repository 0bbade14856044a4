import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { FileArchive } from "lucide-react";
import { useTexts } from "@/i18n";
import { Asking } from "./Asking";
import { useTakeEvidence } from "./listening";

/** The zip that proves itself, for a reason. */
export function Evidence({ id }: { id: string }) {
  const { evidence: texts } = useTexts().listening;
  const [opened, { open, close }] = useDisclosure();
  const take = useTakeEvidence(id);
  return (
    <>
      <Button size="compact-sm" variant="subtle" color="gray" leftSection={<FileArchive size={14} />} onClick={open}>
        {texts.take}
      </Button>
      <Asking
        opened={opened}
        title={texts.title}
        text={texts.text}
        confirm={texts.confirm}
        error={take.error}
        isPending={take.isPending}
        onSay={(reason) => take.mutate(reason, { onSuccess: close })}
        onClose={close}
      />
    </>
  );
}
